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
pub fn merge_keyed<T, U: SameItem<T>, K: Key, L: SameKey<K>, Time>(
    _: Flow<T, Keyed<K>, Time>,
    _: Flow<U, Keyed<L>, Time>,
) -> L::Of<U::Of<MergedKeyed<U, T, L, K, Time>>> {
    L::of(U::of((CastKeyed(PhantomData, PhantomData), Flow::NEW)))
}

/// The stage and the stream of a merge with keys.
pub type MergedKeyed<U, T, L, K, Time> = (CastKeyed<U, T, L, K>, Flow<T, Keyed<K>, Time>);

/// As [`Cast`], also of the key.
pub struct CastKeyed<U, T, L, K>(PhantomData<fn(U) -> T>, PhantomData<fn(L) -> K>);

impl<U: SameItem<T>, T, L: SameKey<K>, K> CastKeyed<U, T, L, K> {
    #[inline(always)]
    pub fn get(&self, item: U) -> T {
        item.into_item()
    }
    #[inline(always)]
    pub fn key(&self, key: L) -> K {
        key.into_key()
    }
}

/// A key of the same type.
#[diagnostic::on_unimplemented(
    message = "`merge` needs streams with the same key type, but one is keyed by `{K}` and the other by `{Self}`",
    label = "this stream is keyed by `{Self}`",
    note = "put `key_by` behind the merge"
)]
pub trait SameKey<K> {
    /// `Of<W>` is `W`.
    type Of<W>;
    #[doc(hidden)]
    fn of<W>(this: W) -> Self::Of<W>;
    #[doc(hidden)]
    fn into_key(self) -> K;
}

impl<K> SameKey<K> for K {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
    #[inline(always)]
    fn into_key(self) -> K {
        self
    }
}
