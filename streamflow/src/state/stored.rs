//! What may be kept as operator state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

/// A value that operators may keep between batches.
///
/// Derive it for your own types: `#[derive(Clone, State)]`. State outlives the batch, so it owns what it
/// keeps. [`shape`](State::shape) describes the type by names and shapes, not by paths; plans show it.
///
/// ```
/// use streamflow::State;
///
/// #[derive(Clone, Default, State)]
/// struct Totals {
///     orders: u64,
///     cents: i64,
/// }
/// assert_eq!(Totals::shape(), "{orders: u64, cents: i64}");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is kept as operator state, so it must implement `State`",
    label = "this state cannot be kept between batches",
    note = "derive it: `#[derive(Clone, streamflow::State)]`; state outlives the batch, so it owns its text: `to_owned()`"
)]
pub trait State: Clone + Send + Sync {
    /// The shape of the type in words: `{orders: u64, cents: i64}`.
    fn shape() -> String;
}

macro_rules! plain {
    ($($type:ty => $shape:literal),* $(,)?) => {$(
        impl State for $type {
            fn shape() -> String {
                $shape.to_owned()
            }
        }
    )*};
}
plain! {
    () => "()", bool => "bool", char => "char", String => "string", Box<str> => "string",
    u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
    i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
    f32 => "f32", f64 => "f64", std::time::Duration => "duration", std::time::SystemTime => "time",
    crate::Timestamp => "timestamp",
}

macro_rules! wrapped {
    ($($name:literal: $type:ident<$($parameter:ident),*>;)*) => {$(
        impl<$($parameter: State),*> State for $type<$($parameter),*> {
            fn shape() -> String {
                format!("{}<{}>", $name, [$($parameter::shape()),*].join(", "))
            }
        }
    )*};
}
wrapped! {
    "option": Option<T>; "list": Vec<T>; "list": VecDeque<T>; "set": BTreeSet<T>; "map": BTreeMap<K, V>; "box": Box<T>;
}

impl<T: State, const N: usize> State for [T; N] {
    fn shape() -> String {
        format!("[{}; {N}]", T::shape())
    }
}
impl<T: State, S: Clone + Send + Sync> State for HashSet<T, S> {
    fn shape() -> String {
        format!("set<{}>", T::shape())
    }
}
impl<K: State, V: State, S: Clone + Send + Sync> State for HashMap<K, V, S> {
    fn shape() -> String {
        format!("map<{}, {}>", K::shape(), V::shape())
    }
}

macro_rules! tuples {
    ($(($($name:ident),*))*) => {$(
        impl<$($name: State),*> State for ($($name,)*) {
            fn shape() -> String {
                format!("({})", [$($name::shape()),*].join(", "))
            }
        }
    )*};
}
tuples! { (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }
