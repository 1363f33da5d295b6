//! `aggregate`: an aggregate of the user's own.

use super::super::proof::{Aggregated, Asked};
use super::super::{Flow, Group, Holds};
use super::{Aggregate, Aggregator};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Computes an aggregate of your own, an [`Aggregator`](crate::Aggregator).
    ///
    /// ```
    /// # use streamflow::{stream, source, Aggregator};
    /// /// The distance between the smallest and the largest number.
    /// struct Range;
    ///
    /// impl Aggregator<i64> for Range {
    ///     type State = Option<(i64, i64)>;
    ///     type Output = i64;
    ///
    ///     fn create(&self) -> Option<(i64, i64)> {
    ///         None
    ///     }
    ///     fn add(&self, state: &mut Option<(i64, i64)>, number: i64) {
    ///         let (low, high) = state.unwrap_or((number, number));
    ///         *state = Some((low.min(number), high.max(number)));
    ///     }
    ///     fn output(&self, state: &Option<(i64, i64)>) -> i64 {
    ///         state.map_or(0, |(low, high)| high - low)
    ///     }
    /// }
    ///
    /// let mut range = Vec::new();
    /// stream! {
    ///     source::vec(vec![3, 9, 4]) -> aggregate(Range) -> &mut range
    /// }
    /// .run()?;
    /// assert_eq!(range, [6]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a value that implements [`Aggregator`](crate::Aggregator) for the records, evaluated once. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** the state of the aggregator a key. The old value is saved at the first touch of a batch (undo). With a `MERGE` a sliding window adds a record to one pane and merges panes when it closes, else a record is added to each of its windows. With an `INVERSE` too, a window of four slides or more keeps a total and takes out the panes that leave it. With `MERGE` and `ANY_ORDER` records are merged per chunk first.
    ///
    /// **Order:** records of a group are added in source order of a partition; with a `MERGE` as those of [`fold`](Flow::fold) with `merge`. Rows of different keys come in no fixed order. **Failure:** a panic of the aggregator ends the job with its place; the batch is taken back. With `#![panics = skip]` the record is left out of this state, whose value is cloned before each step.
    ///
    /// **Related:** [`fold`](Flow::fold), [`reduce`](Flow::reduce). Spark: `combineByKey`, `aggregateByKey`, `Aggregator`; Flink: `aggregate`, `AggregateFunction`.
    pub fn aggregate<'a, A>(self, aggregator: &'a A) -> (Asked<Own<'a, T, A>, A>, Aggregated<T, Shape>)
    where
        T: Send,
        Shape: Holds<T>,
    {
        (Asked::new(Own { aggregator, copy: Shape::copy }), Aggregated::NEW)
    }
}

/// Aggregates by a user's aggregator.
pub struct Own<'a, T, A> {
    aggregator: &'a A,
    /// Asked for where windows may overlap.
    copy: fn(&T) -> T,
}

/// What crosses the exchange.
pub enum Part<T, S> {
    /// A record and its number in the chunk, so that a panic has a place.
    Record(T, u64),
    /// Several records of one chunk.
    Merged(S),
}

impl<T, A: Aggregator<T>> Own<'_, T, A> {
    /// Turns a record into a state that others can be added to.
    #[cold]
    fn merged(&self, part: &mut Part<T, A::State>) {
        let record = std::mem::replace(part, Part::Merged(self.aggregator.create()));
        if let Part::Merged(state) = part {
            self.take(state, record);
        }
    }

    #[inline(always)]
    fn take(&self, state: &mut A::State, part: Part<T, A::State>) {
        match (part, A::MERGE) {
            (Part::Record(record, _), _) => self.aggregator.add(state, record),
            (Part::Merged(from), Some(merge)) => merge(self.aggregator, state, &from),
            (Part::Merged(_), None) => unreachable!("only what merges is combined"),
        }
    }
}

impl<T, A: Aggregator<T>> Aggregate<T> for Own<'_, T, A> {
    type Carry = Part<T, A::State>;
    type Acc = A::State;
    type Out = A::Output;
    const UNDO: bool = true;
    const COMBINES: bool = A::MERGE.is_some() && A::ANY_ORDER;
    const MERGES: bool = A::MERGE.is_some();
    const INVERTS: bool = A::MERGE.is_some() && A::INVERSE.is_some();

    #[inline(always)]
    fn initial(&self) -> A::State {
        self.aggregator.create()
    }
    #[inline(always)]
    fn lift(&self, item: T, record: u64) -> Part<T, A::State> {
        Part::Record(item, record)
    }
    fn nothing(&self) -> Option<Part<T, A::State>> {
        <Self as Aggregate<T>>::COMBINES.then(|| Part::Merged(self.aggregator.create()))
    }
    #[inline(always)]
    fn combine(&self, into: &mut Part<T, A::State>, from: Part<T, A::State>) {
        // a part that is passed through memory waits for its own stores: no more of them than there must be
        if let Part::Record(..) = into {
            self.merged(into);
        }
        if let Part::Merged(state) = into {
            self.take(state, from);
        }
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut A::State, carry: Part<T, A::State>) {
        self.take(accumulator, carry);
    }
    fn merge(&self, into: &mut A::State, from: &A::State) {
        if let Some(merge) = A::MERGE {
            merge(self.aggregator, into, from);
        }
    }
    fn invert(&self, from: &mut A::State, leaving: &A::State) {
        if let Some(inverse) = A::INVERSE {
            inverse(self.aggregator, from, leaving);
        }
    }
    fn output(&self, accumulator: &A::State) -> A::Output {
        self.aggregator.output(accumulator)
    }
    fn place(carry: &Part<T, A::State>) -> u64 {
        match carry {
            Part::Record(_, record) => *record,
            Part::Merged(_) => 0,
        }
    }
    fn copy(&self, carry: &Part<T, A::State>) -> Part<T, A::State> {
        match carry {
            Part::Record(record, number) => Part::Record((self.copy)(record), *number),
            Part::Merged(state) => Part::Merged(state.clone()),
        }
    }
}
