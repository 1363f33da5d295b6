//! The records of a chunk on their way to their windows.

use crate::flow::aggregate::Aggregate;
use crate::state::exchange::{Bucket, Buckets};
use crate::state::{Key, Probe};
use crate::window::Fit;

/// Makes the buckets of one batch.
pub struct WindowBuckets<P, C, S>(pub(in crate::window) Buckets<P, (C, S)>);

impl<P, C, S> WindowBuckets<P, C, S> {
    pub fn bucket(&self) -> WindowBucket<P, C, S> {
        WindowBucket(self.0.bucket())
    }
}

/// The records of a chunk on their way to their windows.
pub struct WindowBucket<P, C, S>(pub(in crate::window) Bucket<P, (C, S)>);

impl<P: Probe, C, S> WindowBucket<P, C, S> {
    #[inline(always)]
    pub fn feed<T, G: Aggregate<T, Carry = C>>(
        &mut self,
        aggregate: &G,
        item: T,
        key: impl Key<Probe = P>,
        stamp: impl Fit<S>,
        record: u64,
    ) {
        self.0.push(key.probe(), (aggregate.lift(item, record), stamp.fit()));
    }
}
