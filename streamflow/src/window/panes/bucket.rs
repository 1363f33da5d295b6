//! The records of a chunk on their way to their windows.

use crate::flow::aggregate::Aggregate;
use crate::flow::aside::Dropped;
use crate::state::exchange::{Bucket, Buckets};
use crate::state::{Key, Probe};
use crate::window::Fit;
use crate::window::late::KeepLate;

/// Makes the buckets of one batch.
pub struct WindowBuckets<P, C, S, L = Dropped, V = ()> {
    pub(in crate::window) buckets: Buckets<P, (C, S, V)>,
    pub(in crate::window) keep: L,
}

impl<P, C, S, L: Copy, V> WindowBuckets<P, C, S, L, V> {
    pub fn bucket(&self) -> WindowBucket<P, C, S, L, V> {
        WindowBucket { bucket: self.buckets.bucket(), keep: self.keep, sent: 0 }
    }
}

/// The records of a chunk on their way to their windows.
pub struct WindowBucket<P, C, S, L = Dropped, V = ()> {
    pub(in crate::window) bucket: Bucket<P, (C, S, V)>,
    keep: L,
    sent: u64,
}

impl<P: Probe, C, S, L, V> WindowBucket<P, C, S, L, V> {
    #[inline(always)]
    pub fn feed<T, G: Aggregate<T, Carry = C>>(
        &mut self,
        aggregate: &G,
        item: T,
        key: impl Key<Probe = P>,
        stamp: impl Fit<S>,
        record: u64,
    ) where
        L: KeepLate<T, Copied = V>,
    {
        let copied = self.keep.copy(&item, self.sent);
        self.sent += u64::from(L::KEEPS);
        self.bucket.push(key.probe(), (aggregate.lift(item, record), stamp.fit(), copied));
    }
}
