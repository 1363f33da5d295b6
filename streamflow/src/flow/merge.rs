//! `merge`: two streams become one.

use super::{Flow, Keyed, Plain};
use crate::state::Key;
use std::marker::PhantomData;

/// Turns items of a stream that is merged into those of the first one. Both are of one type, which is proven here; the
/// loop moves the item.
pub struct Cast<U, T>(PhantomData<fn(U) -> T>);

impl<U: SameItem<T>, T> Cast<U, T> {
    #[inline(always)]
    pub fn get(&self, item: U) -> T {
        item.into_item()
    }
}

/// An item of the same type.
#[diagnostic::on_unimplemented(
    message = "`merge` needs streams of the same item type, but one carries `{T}` and the other `{Self}`",
    label = "this stream carries `{Self}`",
    note = "give both one type before: `-> map(|item| ..)`"
)]
pub trait SameItem<T> {
    /// `Of<W>` is `W`, once the proof holds: without it nothing is known of the merged stream.
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
    fn into_item(self) -> T;
}

impl<T> SameItem<T> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
    #[inline(always)]
    fn into_item(self) -> T {
        self
    }
}

/// What a merge gives.
pub type Merged<U, T, Shape, Time> = <U as SameItem<T>>::Of<(Cast<U, T>, Flow<T, Shape, Time>)>;

/// Two streams without keys; what is known of rows of windows is forgotten.
pub fn merge<T, U: SameItem<T>, S, Z, Time>(_: Flow<T, S, Time>, _: Flow<U, Z, Time>) -> Merged<U, T, Plain, Time> {
    U::of((Cast(PhantomData), Flow::NEW))
}

/// Two streams with keys of one type.
pub fn merge_keyed<T, U: SameItem<T>, K: Key, Time>(
    _: Flow<T, Keyed<K>, Time>,
    _: Flow<U, Keyed<K>, Time>,
) -> Merged<U, T, Keyed<K>, Time> {
    U::of((Cast(PhantomData), Flow::NEW))
}
