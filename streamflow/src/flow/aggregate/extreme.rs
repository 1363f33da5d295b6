//! `min` and `max`.

use super::{Aggregate, Project};
use crate::state::State;
use std::cmp::Ordering;
use std::marker::PhantomData;

/// A value that `min`, `max` and `top` can compare.
///
/// Floats are compared by `total_cmp`: -0.0 is below 0.0, and NaN is above everything.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no order that `min`, `max` and `top` know",
    label = "an ordered value is needed here",
    note = "say what to compare: `max(|item| item.price)`, `top(10, by = |item| item.price)`"
)]
pub trait Ordered {
    /// The order.
    fn order(&self, other: &Self) -> Ordering;
}

macro_rules! ordered {
    ($($type:ty),*) => {$(
        impl Ordered for $type {
            #[inline(always)]
            fn order(&self, other: &Self) -> Ordering {
                self.cmp(other)
            }
        }
    )*};
}
ordered!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, bool, char, String, Box<str>);
ordered!(&str, ());
ordered!(std::time::Duration, std::time::SystemTime, crate::Timestamp);

macro_rules! floats {
    ($($type:ty),*) => {$(
        impl Ordered for $type {
            #[inline(always)]
            fn order(&self, other: &Self) -> Ordering {
                self.total_cmp(other)
            }
        }
    )*};
}
floats!(f32, f64);

macro_rules! tuples {
    ($(($($name:ident $index:tt),*))*) => {$(
        impl<$($name: Ordered),*> Ordered for ($($name,)*) {
            fn order(&self, other: &Self) -> Ordering {
                Ordering::Equal$(.then_with(|| self.$index.order(&other.$index)))*
            }
        }
    )*};
}
impl<T: Ordered> Ordered for std::cmp::Reverse<T> {
    #[inline(always)]
    fn order(&self, other: &Self) -> Ordering {
        other.0.order(&self.0)
    }
}
impl<T: Ordered> Ordered for Option<T> {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Some(a), Some(b)) => a.order(b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }
}

tuples! { (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) }

/// Which end: [`Smallest`] or [`Largest`].
pub trait End {
    const WINS: Ordering;
}
/// The end that `min` looks for.
pub struct Smallest;
/// The end that `max` looks for.
pub struct Largest;
impl End for Smallest {
    const WINS: Ordering = Ordering::Less;
}
impl End for Largest {
    const WINS: Ordering = Ordering::Greater;
}

/// The smallest or largest value of a projection; of equal ones the first.
pub struct Extreme<J, E>(pub J, pub PhantomData<fn() -> E>);

#[inline(always)]
fn keep<V: Ordered, E: End>(into: &mut Option<V>, from: Option<V>) {
    let Some(new) = from else { return };
    if into.as_ref().is_none_or(|old| new.order(old) == E::WINS) {
        *into = Some(new);
    }
}

impl<T, J, V, E> Aggregate<T> for Extreme<J, E>
where
    J: Project<T, Value = V>,
    V: Ordered + State,
    E: End,
{
    type Carry = Option<V>;
    type Acc = Option<V>;
    type Out = V;
    const UNDO: bool = false;
    const COMBINES: bool = true;
    const MERGES: bool = true;

    #[inline(always)]
    fn initial(&self) -> Option<V> {
        None
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> Option<V> {
        Some(self.0.project(item))
    }
    fn nothing(&self) -> Option<Option<V>> {
        Some(None)
    }
    #[inline(always)]
    fn combine(&self, into: &mut Option<V>, from: Option<V>) {
        keep::<V, E>(into, from);
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Option<V>, carry: Option<V>) {
        keep::<V, E>(accumulator, carry);
    }
    #[inline(always)]
    fn merge(&self, into: &mut Option<V>, from: &Option<V>) {
        keep::<V, E>(into, from.clone());
    }
    #[inline(always)]
    fn output(&self, accumulator: &Option<V>) -> V {
        match accumulator {
            Some(value) => value.clone(),
            // rows are made of accumulators that a record has touched, and `lift` gives `Some`
            None => unreachable!("an extreme without a record"),
        }
    }
    #[inline(always)]
    fn copy(&self, carry: &Option<V>) -> Option<V> {
        carry.clone()
    }
}
