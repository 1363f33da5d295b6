//! Aggregates of the user's own: the trait [`Aggregator`].

use crate::state::State;

/// How an [`Aggregator`] merges the state of later records into that of earlier ones.
pub type Merge<A, S> = fn(&A, &mut S, &S);

/// How an [`Aggregator`] takes the state of the earliest records out of that of all.
pub type Inverse<A, S> = fn(&A, &mut S, &S);

/// An aggregate of your own, for [`aggregate`](crate::Flow::aggregate).
///
/// What it can do beyond adding records decides how it is computed, not what it computes.
///
/// ```
/// use streamflow::{Aggregator, Merge, sink, source, stream};
///
/// /// The mean, weighted.
/// struct WeightedMean;
///
/// impl Aggregator<(f64, f64)> for WeightedMean {
///     type State = (f64, f64);
///     type Output = f64;
///     const MERGE: Option<Merge<Self, (f64, f64)>> = Some(|_, into, from| {
///         into.0 += from.0;
///         into.1 += from.1;
///     });
///
///     fn create(&self) -> (f64, f64) {
///         (0.0, 0.0)
///     }
///     fn add(&self, state: &mut (f64, f64), (value, weight): (f64, f64)) {
///         state.0 += value * weight;
///         state.1 += weight;
///     }
///     fn output(&self, state: &(f64, f64)) -> f64 {
///         state.0 / state.1
///     }
/// }
///
/// let mut mean = Vec::new();
/// stream! {
///     source::vec(vec![(10.0, 1.0), (20.0, 3.0)]) -> aggregate(WeightedMean) -> &mut mean
/// }
/// .run()?;
/// assert_eq!(mean, [17.5]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// Records of a group are added in source order of a partition. States are merged earlier ones first; in a sliding window that is by pane, with
/// the state of records that were late for other windows of theirs behind all panes.
///
/// # Failure
/// A panic ends the job with the stage, the partition and the record; the batch is taken back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not aggregate records of type `{T}`",
    label = "`aggregate` needs an `Aggregator<{T}>`",
    note = "implement `streamflow::Aggregator<{T}>` for it, or use `fold(initial, |state, record| ..)`"
)]
pub trait Aggregator<T>: Sync {
    /// What is kept of a group.
    type State: State;
    /// What rows show of it.
    type Output;

    /// Merges the state of later records into that of earlier ones, where that can be done: as if the records had been
    /// added one by one. Then a record is added to one pane of a sliding window, and a closing window merges its panes.
    const MERGE: Option<Merge<Self, Self::State>> = None;

    /// Promises that records may be merged in any order and grouping, and the result is the same to the last bit: so never
    /// for sums of floats. Then records are merged where they are read, in parallel, before they are sent to
    /// their group. Nothing follows from it without [`MERGE`](Aggregator::MERGE).
    const ANY_ORDER: bool = false;

    /// Takes the state of the earliest records out of the state of all, where that can be done: what is left is the state of the
    /// others, to the last bit. So for sums of integers, but not of floats, which have been rounded. Then a sliding window
    /// of four slides or more does not merge all its panes: it takes out those that leave and merges those that enter. It is
    /// not called for the last pane of a group: such a group has no records and shows no row. Nothing follows from it without
    /// [`MERGE`](Aggregator::MERGE).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streamflow::{Aggregator, Inverse, Merge, Timestamp, source, stream};
    ///
    /// /// The mean of cents.
    /// struct Cents;
    ///
    /// impl Aggregator<(i64, i64)> for Cents {
    ///     type State = (i64, i64);
    ///     type Output = i64;
    ///     const MERGE: Option<Merge<Self, (i64, i64)>> = Some(|_, into, from| *into = (into.0 + from.0, into.1 + from.1));
    ///     const INVERSE: Option<Inverse<Self, (i64, i64)>> = Some(|_, all, first| *all = (all.0 - first.0, all.1 - first.1));
    ///
    ///     fn create(&self) -> (i64, i64) {
    ///         (0, 0)
    ///     }
    ///     fn add(&self, state: &mut (i64, i64), (_, cents): (i64, i64)) {
    ///         *state = (state.0 + cents, state.1 + 1);
    ///     }
    ///     fn output(&self, state: &(i64, i64)) -> i64 {
    ///         state.0 / state.1
    ///     }
    /// }
    ///
    /// let mut means = Vec::new();
    /// stream! {
    ///     source::vec(vec![(0, 100), (1, 200), (3, 600)])
    ///         -> timestamp(|sale| Timestamp::from_secs(sale.0))
    ///         -> window(sliding(4s, every = 1s))
    ///         -> aggregate(Cents)
    ///         -> map(|row| (row.end.as_secs(), row.value))
    ///         -> &mut means
    /// }
    /// .run()?;
    /// assert_eq!(means, [(1, 100), (2, 150), (3, 150), (4, 300), (5, 400), (6, 600), (7, 600)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    const INVERSE: Option<Inverse<Self, Self::State>> = None;

    /// The state of no record.
    fn create(&self) -> Self::State;

    /// Adds a record.
    fn add(&self, state: &mut Self::State, record: T);

    /// What a row shows.
    fn output(&self, state: &Self::State) -> Self::Output;
}
