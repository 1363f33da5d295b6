//! The rows of windows that are shown.

use super::shard::{Shard, Shown};
use crate::Windowed;
use crate::flow::aggregate::Aggregate;
use crate::state::StoredKey;
use crate::window::{Stamp, Timestamp};
use std::marker::PhantomData;

/// Rows of windows that are shown.
pub struct SpanRows<'r, K, T, S, G: Aggregate<T>> {
    pub(super) shards: &'r [Shard<K, G::Acc>],
    pub(super) order: &'r [(i64, usize, usize)],
    pub(super) closed: i64,
    pub(super) aggregate: &'r G,
    pub(super) stamp: PhantomData<fn() -> S>,
}

impl<'r, K: StoredKey, T, S: Stamp, G: Aggregate<T>> SpanRows<'r, K, T, S, G> {
    /// Calls `each` with every row. Its time is the last moment of the window.
    #[inline]
    pub fn each(self, mut each: impl FnMut(Windowed<K::Ref<'r>, G::Out>, S)) {
        for (_, shard, place) in self.order {
            let shard = &self.shards[*shard];
            let Shown { end, start, number, value } = &shard.shown[*place];
            let stamp = S::of(end.saturating_sub(1), self.closed);
            let (start, end) = (Timestamp::from_micros(*start), Timestamp::from_micros(*end));
            let (key, value) = (shard.keys.key(*number).view(), self.aggregate.output(value));
            each(Windowed { key, value, start, end }, stamp);
        }
    }
}
