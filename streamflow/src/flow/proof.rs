//! Proofs that are asked once.
//!
//! What an operator asks of a type is proven by a call of its own, behind the operator, with the operator's span. Its
//! result has a type that is found through the trait that is asked for. Where the type will not do, rustc reports
//! the one unmet bound, knows no type for the result, and stays silent about all that generated code does with
//! it. Without this every later step that needs the same bound would be an error of its own.

use super::{Flow, Group, Plain};
use crate::flow::aggregate::{Aggregator, Number, Ordered, Own};
use crate::job::input::Input;
use crate::job::output::{Out, Output};
use crate::sink::Sink;
use crate::source::Source;
use crate::state::{Key, State};
use crate::window::{EventTime, Timestamp};
use std::marker::PhantomData;

/// The stage of an operator that asks something of the type `V`.
pub struct Asked<C, V>(C, PhantomData<fn() -> V>);

impl<C, V> Asked<C, V> {
    pub(crate) fn new(stage: C) -> Self {
        Asked(stage, PhantomData)
    }

    pub(crate) fn into_stage(self) -> C {
        self.0
    }
}

/// Holds of every type, once it is known. What a closure returns stays unknown where the closure does not fit its
/// stage: then its carrier is unknown as well, and the loop that calls it causes no second error.
pub trait IsKnown {
    type Of<W>;
    fn pass<W>(this: W) -> Self::Of<W>;
}
impl<T> IsKnown for T {
    type Of<W> = W;
    fn pass<W>(this: W) -> W {
        this
    }
}

pub fn iterable<C, I: IntoIterator, W>(stage: Asked<C, I>, after: W) -> <I::IntoIter as IsKnown>::Of<(C, W)> {
    (stage.0, after)
}

/// Where the proofs of a stage did not hold its types are unknown, and so is its run.
pub fn known<C, V: IsKnown, W>(stage: Asked<C, V>, after: W) -> V::Of<(C, W)> {
    V::pass((stage.0, after))
}

pub fn input<S: Source>(source: S) -> <S::Block as IsKnown>::Of<Input<S>> {
    Input::new(source)
}

pub fn out<T, Shape, Time, K: Sink<T>>(
    _: Flow<T, Shape, Time>,
    sink: &mut Output<K>,
) -> <K::Part as IsKnown>::Of<Out<'_, K, T>> {
    Out::new(sink)
}

/// `M` of the traits below where the type will do.
pub struct Yes;
/// `M` where it will do and is [`Nothing`] as well.
pub struct No;
/// No type is.
pub trait Nothing {}

// These traits have no associated type that could stay unknown. With one implementation rustc would take it and ask
// for its bounds later; between two it must look at the bounds first, and finds none that holds. The unmet bound
// is then the one below, so it repeats the words of the trait that is meant. An integer whose type is still open
// (`vec![1, 2, 3]`) passes: nothing implements `Nothing` for it, so one implementation is left.
macro_rules! proofs {
    ($($(#[$text:meta])* $name:ident: $bound:path;)*) => {$(
        $(#[$text])*
        pub trait $name<M> {
            type Of<W>;
            fn of<W>(this: W) -> Self::Of<W>;
        }
        impl<T: $bound> $name<Yes> for T {
            type Of<W> = W;
            #[inline(always)]
            fn of<W>(this: W) -> W {
                this
            }
        }
        impl<T: $bound + Nothing> $name<No> for T {
            type Of<W> = W;
            #[inline(always)]
            fn of<W>(this: W) -> W {
                this
            }
        }
    )*};
}
proofs! {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be used as a grouping key",
        label = "this is not a key",
        note = "keys are integers, text, `bool`, `char`, or tuples of keys; a struct derives it: `#[derive(Clone, streamflow::Key)]`; wrap other `Hash + Eq + State` types in `streamflow::ByValue(..)`",
        note = "for a float: round it, or use `.to_bits()`"
    )]
    Keyable: Key;

    #[diagnostic::on_unimplemented(
        message = "`{Self}` is kept as operator state, so it must implement `State`",
        label = "this state cannot be kept between batches",
        note = "derive it: `#[derive(Clone, streamflow::State)]`",
        note = "state outlives the batch, so it owns its text: `to_owned()`"
    )]
    Keepable: State;

    #[diagnostic::on_unimplemented(
        message = "`{Self}` has no order that `min`, `max` and `top` know",
        label = "an ordered value is needed here",
        note = "say what to compare: `max(|item| item.price)`, `top(10, by = |item| item.price)`",
        note = "numbers, texts, times and tuples of them have an order; other types implement `streamflow::Ordered`"
    )]
    Orderable: Ordered;

    #[diagnostic::on_unimplemented(
        message = "`{Self}` is not a number that can be measured",
        label = "a number is needed here",
        note = "say what to measure: `variance(|item| item.price)`, `quantiles([0.5, 0.99], by = |item| item.millis)`"
    )]
    Measurable: Number;

    #[diagnostic::on_unimplemented(
        message = "`{Self}` does not say a moment in time",
        label = "`timestamp` needs a `Timestamp` or a `SystemTime`",
        note = "a plain number has no unit: write `Timestamp::from_millis(item.at)`, `from_secs` or `from_micros`"
    )]
    Moment: EventTime;
}

proofs! {
    #[diagnostic::on_unimplemented(
        message = "`{Self}` does not say the windows of a record",
        label = "start and end of each window are needed here",
        note = "give both as `Timestamp`: `windows(|item, time| [(start, end)])`, or any other list or iterator of them"
    )]
    Bounding: Bounds;
}

/// What the closure of `windows` may return.
pub trait Bounds: IntoIterator<Item = (Timestamp, Timestamp)> {}
impl<I: IntoIterator<Item = (Timestamp, Timestamp)>> Bounds for I {}

pub fn key<C, K: Keyable<M>, M, W>(stage: Asked<C, K>, after: W) -> K::Of<(C, W)> {
    K::of((stage.0, after))
}

/// What stands behind `sum` until its numbers are proven: only they tell the type of the sum.
pub struct Total<Shape>(PhantomData<fn() -> Shape>);

impl<Shape> Total<Shape> {
    pub(crate) const NEW: Self = Total(PhantomData);
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that can be added up",
    label = "`sum` and `mean` need a number",
    note = "say what to add: `sum(|item| item.amount)`"
)]
pub trait Addable<M> {
    type Sum;
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<T: Number> Addable<Yes> for T {
    type Sum = T::Sum;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}
impl<T: Number + Nothing> Addable<No> for T {
    type Sum = T::Sum;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}

/// The stage of `sum` and the stream behind it.
pub type Totalled<'s, C, V, M, Shape> =
    (C, Flow<<Shape as Group>::Row<'s, <V as Addable<M>>::Sum>, <Shape as Group>::After, <Shape as Group>::Time>);

pub fn total<'s, C, V: Addable<M>, M, Shape: Group>(
    stage: Asked<C, V>,
    _: Total<Shape>,
) -> V::Of<Totalled<'s, C, V, M, Shape>> {
    V::of((stage.0, Flow::NEW))
}

/// What stands behind a function over batches until it is proven that its result can be iterated over.
pub struct Given(());

impl Given {
    pub(crate) const NEW: Self = Given(());
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be iterated over",
    label = "this function gives `{Self}`",
    note = "it gives any number of results: a `Vec`, an array, an `Option`, an iterator; one alone is written `[result]`"
)]
pub trait Gives<M> {
    type Item;
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<I: IntoIterator> Gives<Yes> for I {
    type Item = I::Item;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}
impl<I: IntoIterator + Nothing> Gives<No> for I {
    type Item = I::Item;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}

pub fn gives<C, I: Gives<M>, M>(stage: Asked<C, I>, _: Given) -> I::Of<(C, Flow<I::Item, Plain>)> {
    I::of((stage.0, Flow::NEW))
}

/// What stands behind `aggregate` until its aggregator is proven: only it tells what rows show.
pub struct Aggregated<T, Shape>(PhantomData<fn() -> (T, Shape)>);

impl<T, Shape> Aggregated<T, Shape> {
    pub(crate) const NEW: Self = Aggregated(PhantomData);
}

#[diagnostic::on_unimplemented(
    message = "`{Self}` does not aggregate records of type `{T}`",
    label = "`aggregate` needs an `Aggregator<{T}>`",
    note = "implement `streamflow::Aggregator<{T}>` for it, or use `fold(initial, |state, record| ..)`"
)]
pub trait Aggregates<T, M> {
    type Output;
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<T, A: Aggregator<T>> Aggregates<T, Yes> for A {
    type Output = A::Output;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}
impl<T, A: Aggregator<T> + Nothing> Aggregates<T, No> for A {
    type Output = A::Output;
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}

/// The stage of `aggregate` and the stream behind it.
pub type OwnAggregated<'s, 'a, T, A, M, Shape> = (
    Own<'a, T, A>,
    Flow<<Shape as Group>::Row<'s, <A as Aggregates<T, M>>::Output>, <Shape as Group>::After, <Shape as Group>::Time>,
);

pub fn aggregates<'s, 'a, T, A: Aggregates<T, M>, M, Shape: Group>(
    stage: Asked<Own<'a, T, A>, A>,
    _: Aggregated<T, Shape>,
) -> A::Of<OwnAggregated<'s, 'a, T, A, M, Shape>> {
    A::of((stage.0, Flow::NEW))
}

pub fn number<C, V: Addable<M>, M, W>(stage: Asked<C, V>, after: W) -> V::Of<(C, W)> {
    V::of((stage.0, after))
}

pub fn measure<C, V: Measurable<M>, M, W>(stage: Asked<C, V>, after: W) -> V::Of<(C, W)> {
    V::of((stage.0, after))
}

pub fn time<C, E: Moment<M>, M, W>(stage: Asked<C, E>, after: W) -> E::Of<(C, W)> {
    E::of((stage.0, after))
}

pub fn ordered<C, V: Orderable<M>, M, W>(stage: Asked<C, V>, after: W) -> V::Of<(C, W)> {
    V::of((stage.0, after))
}

/// Ordered, and state in the next proof: a type that is neither is one error.
pub fn ordered_state<C, V: Orderable<M>, M, W>(stage: Asked<C, V>, after: W) -> V::Of<(Asked<C, V>, W)> {
    V::of((stage, after))
}

pub fn state<C, V: Keepable<M>, M, W>(stage: Asked<C, V>, after: W) -> V::Of<(C, W)> {
    V::of((stage.0, after))
}

/// What a join keeps of both sides.
pub fn states<C, L: Keepable<M>, R: Keepable<N>, M, N, W>(stage: Asked<C, (L, R)>, after: W) -> L::Of<R::Of<(C, W)>> {
    L::of(R::of((stage.0, after)))
}

// The inner loop of `flat_map`: a `for` would ask for the iterator at a span of its own, and be a second error.

#[inline(always)]
pub fn items<I: IntoIterator>(items: I) -> I::IntoIter {
    items.into_iter()
}

#[inline(always)]
pub fn next<I: Iterator>(items: &mut I) -> Option<I::Item> {
    items.next()
}
