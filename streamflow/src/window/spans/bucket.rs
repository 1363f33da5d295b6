//! The records of a chunk on their way to their windows.

use super::Assigner;
use crate::flow::aggregate::Aggregate;
use crate::state::exchange::{Bucket, Buckets};
use crate::state::{Key, Probe};
use crate::window::late::KeepLate;
use crate::window::{Fit, Stamp};
use std::marker::PhantomData;

/// Makes the buckets of one batch.
pub struct SpanBuckets<'s, P, C, M, W, S, L, V> {
    pub(super) buckets: Buckets<P, (C, M, V)>,
    pub(super) assigner: &'s W,
    pub(super) now: i64,
    pub(super) keep: L,
    pub(super) stamp: PhantomData<fn() -> S>,
}

impl<'s, P, C, M, W, S, L: Copy, V> SpanBuckets<'s, P, C, M, W, S, L, V> {
    pub fn bucket(&self) -> SpanBucket<'s, P, C, M, W, S, L, V> {
        let SpanBuckets { assigner, now, keep, .. } = *self;
        SpanBucket { bucket: self.buckets.bucket(), assigner, now, keep, sent: 0, stamp: PhantomData }
    }
}

/// The records of a chunk on their way to their windows.
pub struct SpanBucket<'s, P, C, M, W, S, L, V> {
    pub(super) bucket: Bucket<P, (C, M, V)>,
    assigner: &'s W,
    now: i64,
    keep: L,
    sent: u64,
    stamp: PhantomData<fn() -> S>,
}

impl<P: Probe, C, M, W, S: Stamp, L, V> SpanBucket<'_, P, C, M, W, S, L, V> {
    #[inline(always)]
    pub fn feed<T, G: Aggregate<T, Carry = C>>(
        &mut self,
        aggregate: &G,
        item: T,
        key: impl Key<Probe = P>,
        stamp: impl Fit<S>,
        record: u64,
    ) where
        W: Assigner<T, S, Mark = M>,
        L: KeepLate<T, Copied = V>,
    {
        let copied = self.keep.copy(&item, self.sent);
        self.sent += u64::from(L::KEEPS);
        let mark = self.assigner.mark(&item, stamp.fit(), self.now);
        self.bucket.push(key.probe(), (aggregate.lift(item, record), mark, copied));
    }
}
