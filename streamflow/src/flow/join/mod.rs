//! Operators that read a second stream, and what their stages have in common.

pub(crate) mod as_of;
pub(crate) mod batch;
pub(crate) mod broadcast;
pub(crate) mod interval;
pub(crate) mod latest;
pub(crate) mod table;

use std::marker::PhantomData;

/// The stage of a join whose streams must have keys of one type.
pub struct Keys<C, K, Q>(C, PhantomData<fn() -> (K, Q)>);

impl<C, K, Q> Keys<C, K, Q> {
    pub(crate) fn new(stage: C) -> Self {
        Keys(stage, PhantomData)
    }
}

/// A key of the same type.
#[diagnostic::on_unimplemented(
    message = "a join needs two streams with keys of one type, but one is keyed by `{K}` and the other by `{Self}`",
    label = "this stream is keyed by `{Self}`",
    note = "give both one type: `-> key_by(|item| ..)`"
)]
pub trait SameJoinKey<K> {
    /// `Of<W>` is `W`, once the proof holds: without it nothing is known of the join.
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}

impl<K> SameJoinKey<K> for K {
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}

pub fn same_key<C, K, Q: SameJoinKey<K>, W>(stage: Keys<C, K, Q>, after: W) -> Q::Of<(C, W)> {
    Q::of((stage.0, after))
}
