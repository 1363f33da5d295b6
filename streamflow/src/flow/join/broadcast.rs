use crate::flow::proof::Asked;
use crate::flow::{Flow, Plain};
use crate::join::broadcast::BroadcastKind;
use crate::state::State;
use std::marker::PhantomData;

impl<T: Send, Shape, Time> Flow<T, Shape, Time> {
    /// Folds a small stream into one value that every record of this stream can read.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut alarms = Vec::new();
    /// stream! {
    ///     let limits = source::vec(vec![50, 70]);
    ///     source::vec(vec![65, 75])
    ///         -> broadcast(limits, 0, |limit, new| *limit = new, |degrees, limit| (degrees, degrees > *limit))
    ///         -> &mut alarms;
    /// }
    /// .run()?;
    /// assert_eq!(alarms, [(65, false), (75, true)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a first value that is [`State`](crate::State), `|value, small_item|` and `|item, &value|`. Neither stream needs a key. **Gives** a
    /// stream without key; times stay.
    ///
    /// **State and cost:** one value; a copy of it in batches in which the small stream speaks. Records of the batch wait until the small
    /// stream has been folded.
    ///
    /// **Order:** the small stream of a batch is applied first, then the records of the batch see what is there, in source order. Which records
    /// share a batch depends on when they arrive. **Failure:** a panic ends the job with its place.
    ///
    /// **Related:** [`lookup`](Flow::lookup), [`latest_join`](Flow::latest_join). Flink: broadcast state; Kafka Streams: `GlobalKTable`; Spark: broadcast
    /// variables.
    pub fn broadcast<'a, R: Send, Z, Other, S, U, F, G>(
        self,
        _: Flow<R, Z, Other>,
        initial: &'a S,
        step: F,
        row: G,
    ) -> (Asked<Broadcast<'a, S, F, G>, S>, Flow<U, Plain, Time>)
    where
        F: Fn(&mut S, R) + Sync,
        G: Fn(T, &S) -> U + Sync,
    {
        (Asked::new(Broadcast { initial, step, row, state: PhantomData }), Flow::NEW)
    }
}

/// The functions of `broadcast` and its first value.
pub struct Broadcast<'a, S, F, G> {
    initial: &'a S,
    step: F,
    row: G,
    state: PhantomData<fn() -> S>,
}

impl<T, R, S: State, U, F: Fn(&mut S, R), G: Fn(T, &S) -> U> BroadcastKind<T, R> for Broadcast<'_, S, F, G> {
    type State = S;
    type Out = U;
    fn initial(&self) -> S {
        self.initial.clone()
    }
    fn step(&self, state: &mut S, item: R) {
        (self.step)(state, item);
    }
    #[inline(always)]
    fn row(&self, item: T, state: &S) -> U {
        (self.row)(item, state)
    }
}
