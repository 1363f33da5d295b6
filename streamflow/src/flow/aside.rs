//! Records that are put aside: for `errors(label)` and `late(label)`.

use super::proof::{No, Nothing, Yes};
use std::marker::PhantomData;

/// Whether a record that fails is kept.
pub trait Keep<T>: Copy {
    type Kept;
    const KEEPS: bool;
    fn keep(self, item: &T) -> Self::Kept;
}

/// It is not.
#[derive(Clone, Copy)]
pub struct Dropped;

impl<T> Keep<T> for Dropped {
    type Kept = ();
    const KEEPS: bool = false;
    #[inline(always)]
    fn keep(self, _: &T) {}
}

/// A copy is made before the call.
pub struct Kept<T>(PhantomData<fn(T)>);

impl<T> Kept<T> {
    pub(crate) const NEW: Self = Kept(PhantomData);
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Kept<T> {}

impl<T: Clone> Keep<T> for Kept<T> {
    type Kept = T;
    const KEEPS: bool = true;
    #[inline(always)]
    fn keep(self, item: &T) -> T {
        item.clone()
    }
}

/// A record that may be put aside; see `proof.rs` for the two implementations.
#[diagnostic::on_unimplemented(
    message = "what is put aside is a copy that may go to another thread, so `{Self}` must be `Clone` and `Send`",
    label = "these records are put aside",
    note = "derive it: `#[derive(Clone)]`; what borrows from the batch is copied for nothing",
    note = "`Arc` in place of `Rc` may go to another thread"
)]
pub trait PutAside<M> {
    /// `Of<W>` is `W`.
    type Of<W>;
    #[doc(hidden)]
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<T: Clone + Send> PutAside<Yes> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}
impl<T: Clone + Send + Nothing> PutAside<No> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}
