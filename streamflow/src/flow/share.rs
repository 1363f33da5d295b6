//! A stream that is read in several places.

use super::Flow;
use super::proof::{No, Nothing, Yes};
use std::marker::PhantomData;

/// Copies items for all readers of a stream but the last.
pub struct Share<T>(PhantomData<fn(T)>);

impl<T: Clone> Share<T> {
    #[inline(always)]
    pub fn copy(&self, item: &T) -> T {
        item.clone()
    }
}

/// What may go to several places; see `proof.rs` for the two implementations.
#[diagnostic::on_unimplemented(
    message = "`{Self}` goes to more than one place here, so it must be `Clone`",
    label = "the stream is used a second time here",
    note = "derive it: `#[derive(Clone)]`; what borrows from the batch is copied for nothing",
    note = "`route` sends each record to one place, without a copy"
)]
pub trait Sharable<M> {
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<T: Clone> Sharable<Yes> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}
impl<T: Clone + Nothing> Sharable<No> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}

pub fn share<T: Sharable<M>, M, Shape, Time>(_: Flow<T, Shape, Time>) -> T::Of<Share<T>> {
    T::of(Share(PhantomData))
}
