//! Shapes of a stream, and what aggregates make of them.

use super::{Update, Windowed};
use crate::state::{Key, StoredKey};
use crate::window::{Clock, EventStamp, Stamp};
use std::marker::PhantomData;

/// Records without a key.
pub struct Plain;
/// Behind `key_by`.
pub struct Keyed<K>(PhantomData<fn() -> K>);
/// A window is open over records of shape `S`.
pub struct Open<S, C>(PhantomData<fn() -> (S, C)>);
/// Rows of a running aggregate.
pub struct Changes;
/// Rows of closed windows.
pub struct Windows;

/// Without timestamps.
pub struct Untimed;
/// With timestamps: event-time windows are possible.
pub struct Timed;

/// What records carry of their time: [`Timed`] or [`Untimed`].
pub trait Timing {
    /// A stamp, or nothing.
    type Stamp: Stamp;
}
impl Timing for Timed {
    type Stamp = EventStamp;
}
impl Timing for Untimed {
    type Stamp = ();
}

/// What an aggregate over this shape gives.
pub trait Group {
    /// The row that shows a value.
    type Row<'s, V>;
    /// The shape of the rows.
    type After;
    /// Do the rows carry times?
    type Time;
}

impl Group for Plain {
    type Row<'s, V> = V;
    type After = Plain;
    type Time = Untimed;
}
impl Group for Changes {
    type Row<'s, V> = V;
    type After = Plain;
    type Time = Untimed;
}
impl Group for Windows {
    type Row<'s, V> = V;
    type After = Plain;
    type Time = Untimed;
}
impl<K: Key> Group for Keyed<K> {
    type Row<'s, V> = Update<<K::Owned as StoredKey>::Ref<'s>, V>;
    type After = Changes;
    type Time = Untimed;
}
impl<K: Key, C: Clock> Group for Open<Keyed<K>, C> {
    type Row<'s, V> = Windowed<<K::Owned as StoredKey>::Ref<'s>, V>;
    type After = Windows;
    type Time = C::Time;
}
impl<C: Clock> Group for Open<Plain, C> {
    type Row<'s, V> = Windowed<(), V>;
    type After = Windows;
    type Time = C::Time;
}
impl<C: Clock> Group for Open<Changes, C> {
    type Row<'s, V> = Windowed<(), V>;
    type After = Windows;
    type Time = C::Time;
}
impl<C: Clock> Group for Open<Windows, C> {
    type Row<'s, V> = Windowed<(), V>;
    type After = Windows;
    type Time = C::Time;
}

/// The key of a shape; `()` without one.
pub trait KeyOf {
    /// The key.
    type Key: Key;
}
impl KeyOf for Plain {
    type Key = ();
}
impl KeyOf for Changes {
    type Key = ();
}
impl KeyOf for Windows {
    type Key = ();
}
impl<K: Key> KeyOf for Keyed<K> {
    type Key = K;
}

/// How `fold` and `reduce` hold a record: in a window it may belong to several windows and is copied.
#[diagnostic::on_unimplemented(
    message = "`{T}` may belong to several windows here, so it must be `Clone`",
    label = "this window needs records that can be cloned",
    note = "derive it: `#[derive(Clone)]`, or `map(..)` to a part of the record that is `Clone`"
)]
pub trait Holds<T> {
    /// A copy of the record.
    fn copy(item: &T) -> T;
}

macro_rules! once {
    ($($shape:ty $(, $key:ident)?;)*) => {$(
        impl<T $(, $key)?> Holds<T> for $shape {
            fn copy(_: &T) -> T {
                unreachable!("records are copied in windows only")
            }
        }
    )*};
}
once! { Plain; Changes; Windows; Keyed<K>, K; }

// else rustc asks for `Clone` alone, and does not say why
#[diagnostic::do_not_recommend]
impl<T: Clone, S, C> Holds<T> for Open<S, C> {
    fn copy(item: &T) -> T {
        item.clone()
    }
}
