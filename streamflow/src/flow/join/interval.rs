use super::Keys;
use crate::Error;
use crate::flow::{Flow, Keyed, Plain, Timed};
use crate::join::kind::{FullOuter, Inner, LeftOuter, RightOuter};
use crate::join::{Bound, Judged, Reach, Rule};
use crate::window::{Event, Window, micros};
use std::marker::PhantomData;
use std::time::Duration;

impl<T, K> Flow<T, Keyed<K>, Timed> {
    /// Joins records of two streams that have one key and happened near each other.
    ///
    /// How near is one of
    /// * `within = 10min`: either may be earlier by so much;
    /// * `before = 5s, after = 10min`: the right record happened between `left - 5s` and `left + 10min`; one that is left out is 0.
    ///   Bounds are inclusive; [`exclusive`](crate::join::exclusive) and [`negative`](crate::join::negative) make others;
    /// * `window = tumbling(1h)`: both in one window; its rows come when it closes.
    ///
    /// `lateness = 1min` takes records up to a minute behind the watermark of their partition, and keeps records that much longer.
    ///
    /// `late = per_pair` takes a record behind the watermark as long as anything could still meet it. It meets those that nobody could have
    /// told to be alone before it came, and no others; nothing is kept longer, and no row is ever taken back. Kafka Streams judges its
    /// joins so. The price: of two records that are near enough one may have been told to be alone and the other may come so late, that they do not
    /// meet; and a row may lie as far behind the watermark as the join reaches, so an event-time window behind takes it as late unless it
    /// allows that much `lateness`. It goes with `within`, `before` and `after`: records of a `window` are late with their window anyway.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut pairs = Vec::new();
    /// stream! {
    ///     let orders = source::vec(vec![('b', 20), ('a', 15)])
    ///         -> timestamp(|o| Timestamp::from_secs(o.1)) -> key_by(|o| o.0);
    ///     let payments = source::vec(vec![('a', 18), ('b', 21)])
    ///         -> timestamp(|p| Timestamp::from_secs(p.1)) -> key_by(|p| p.0);
    ///     orders
    ///         -> join(payments, within = 10s, late = per_pair, |order, payment| (order.0, payment.1 - order.1))
    ///         -> &mut pairs;
    /// }
    /// .run()?;
    /// pairs.sort();
    /// assert_eq!(pairs, [('a', 3), ('b', 1)], "the order of `a` came when 20 seconds had been reached");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut paid = Vec::new();
    /// stream! {
    ///     let orders = source::vec(vec![('a', 0), ('b', 10)])
    ///         -> timestamp(|o| Timestamp::from_secs(o.1)) -> key_by(|o| o.0);
    ///     let payments = source::vec(vec![('b', 12), ('a', 400)])
    ///         -> timestamp(|p| Timestamp::from_secs(p.1)) -> key_by(|p| p.0);
    ///     orders
    ///         -> join(payments, within = 1min, |order, payment| (order.0, payment.1 - order.1))
    ///         -> &mut paid;
    /// }
    /// .run()?;
    /// assert_eq!(paid, [('b', 2)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** timestamps and a key of one type on both streams; items of both are [`State`](crate::State). The closure gets both records by
    /// reference, since one may meet several. **Gives** a stream without key; a row has the later time of its two records, in a window the
    /// last moment of the window.
    ///
    /// **State and cost:** records of both sides by key, in order of time, until the watermark of both streams has passed what they could
    /// meet: left ones until it is past `left + after`, right ones until it is past `right + before`. A pair costs a call of the closure.
    ///
    /// **Order:** keys in no fixed order; of a key, new left records in order of time with all that they meet, then new right ones. What is
    /// joined does not depend on batches, threads, or which stream is read first. A record behind the watermark of its own partition is late: it meets
    /// nothing and is counted. **Failure:** a panic ends the job with its stage.
    ///
    /// **Related:** [`left_join`](Flow::left_join), [`right_join`](Flow::right_join), [`full_join`](Flow::full_join),
    /// [`as_of_join`](Flow::as_of_join), [`join_batch`](Flow::join_batch). Flink: `intervalJoin`; Kafka Streams: `join` with `JoinWindows`.
    pub fn join<R, Q, U, F: Fn(&T, &R) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Timed>,
        function: F,
    ) -> (Keys<Join<K, T, R, Inner<F>>, K, Q>, Flow<U, Plain, Timed>) {
        (Keys::new(Join::new(Inner(function))), Flow::NEW)
    }

    /// Joins two streams like [`join`](Flow::join), and gives a row for each left record that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut unpaid = Vec::new();
    /// stream! {
    ///     let orders = source::vec(vec![('a', 0), ('b', 10)])
    ///         -> timestamp(|o| Timestamp::from_secs(o.1)) -> key_by(|o| o.0);
    ///     let payments = source::vec(vec![('b', 12)])
    ///         -> timestamp(|p| Timestamp::from_secs(p.1)) -> key_by(|p| p.0);
    ///     orders
    ///         -> left_join(payments, after = 1min, |order, payment| (order.0, payment.is_some()))
    ///         -> filter(|row| !row.1)
    ///         -> &mut unpaid;
    /// }
    /// .run()?;
    /// assert_eq!(unpaid, [('a', false)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join` needs; the closure gets `(&left, Option<&right>)`. **Gives** what `join` gives. A row without a right record has
    /// the time of its left one. It is certain only later, so an event-time window behind takes it as late unless the window allows as much lateness as
    /// the join looks ahead.
    ///
    /// **State and cost:** as `join`, and one bit a record.
    ///
    /// **Order:** as `join`; rows without a right record come once, when the watermark of both streams is past `left + after`, and never
    /// before: none has to be taken back. **Failure:** as `join`.
    ///
    /// **Related:** [`join`](Flow::join). Kafka Streams: `leftJoin`; Spark: left outer stream-stream join.
    pub fn left_join<R, Q, U, F: Fn(&T, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Timed>,
        function: F,
    ) -> (Keys<Join<K, T, R, LeftOuter<F>>, K, Q>, Flow<U, Plain, Timed>) {
        (Keys::new(Join::new(LeftOuter(function))), Flow::NEW)
    }

    /// Joins two streams like [`join`](Flow::join), and gives a row for each right record that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let orders = source::vec(vec![('b', 10)])
    ///         -> timestamp(|o| Timestamp::from_secs(o.1)) -> key_by(|o| o.0);
    ///     let payments = source::vec(vec![('b', 12), ('c', 13)])
    ///         -> timestamp(|p| Timestamp::from_secs(p.1)) -> key_by(|p| p.0);
    ///     orders
    ///         -> right_join(payments, after = 1min, |order, payment| (payment.0, order.map(|order| order.1)))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [('b', Some(10)), ('c', None)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join` needs; the closure gets `(Option<&left>, &right)`. **Gives** what [`left_join`](Flow::left_join) gives, with the sides
    /// exchanged.
    ///
    /// **State and cost:** as `left_join`.
    ///
    /// **Order:** as `left_join`; rows without a left record come when the watermark is past `right + before`. **Failure:** as `join`.
    ///
    /// **Related:** [`join`](Flow::join), [`left_join`](Flow::left_join). Spark: right outer stream-stream join.
    pub fn right_join<R, Q, U, F: Fn(Option<&T>, &R) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Timed>,
        function: F,
    ) -> (Keys<Join<K, T, R, RightOuter<F>>, K, Q>, Flow<U, Plain, Timed>) {
        (Keys::new(Join::new(RightOuter(function))), Flow::NEW)
    }

    /// Joins two streams like [`join`](Flow::join), and gives a row for each record of either that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let left = source::vec(vec![(1, 0), (2, 5)])
    ///         -> timestamp(|l| Timestamp::from_secs(l.1)) -> key_by(|l| l.0);
    ///     let right = source::vec(vec![(2, 6), (3, 7)])
    ///         -> timestamp(|r| Timestamp::from_secs(r.1)) -> key_by(|r| r.0);
    ///     left
    ///         -> full_join(right, window = tumbling(10s), |l, r| (l.map(|l| l.0), r.map(|r| r.0)))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [(None, Some(3)), (Some(1), None), (Some(2), Some(2))]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join` needs; the closure gets `(Option<&left>, Option<&right>)`, of which one is there. **Gives** what
    /// [`left_join`](Flow::left_join) gives, for both sides.
    ///
    /// **State and cost:** as `left_join`.
    ///
    /// **Order:** as `left_join`, for both sides. **Failure:** as `join`.
    ///
    /// **Related:** [`join`](Flow::join). Kafka Streams: `outerJoin`; Spark: full outer stream-stream join.
    pub fn full_join<R, Q, U, F: Fn(Option<&T>, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Timed>,
        function: F,
    ) -> (Keys<Join<K, T, R, FullOuter<F>>, K, Q>, Flow<U, Plain, Timed>) {
        (Keys::new(Join::new(FullOuter(function))), Flow::NEW)
    }
}

/// The function of a join and how records meet.
pub struct Join<K, L, R, J> {
    kind: J,
    meet: Meet,
    lateness: Duration,
    judged: Judged,
    types: PhantomData<fn() -> (K, L, R)>,
}

#[derive(Clone, Copy)]
enum Meet {
    Within { before: Bound, after: Bound },
    Window(Window<Event>),
}

impl<K, L, R, J> Join<K, L, R, J> {
    fn new(kind: J) -> Self {
        let here = Bound::from(Duration::ZERO);
        let meet = Meet::Within { before: here, after: here };
        Join { kind, meet, lateness: Duration::ZERO, judged: Judged::PerRecord, types: PhantomData }
    }

    /// The option `within`.
    #[must_use]
    pub fn within<B: Copy + Into<Bound>>(self, distance: &B) -> Self {
        let bound = (*distance).into();
        Join { meet: Meet::Within { before: bound, after: bound }, ..self }
    }

    /// The option `before`.
    #[must_use]
    pub fn before<B: Copy + Into<Bound>>(self, bound: &B) -> Self {
        let after = match self.meet {
            Meet::Within { after, .. } => after,
            Meet::Window(_) => Duration::ZERO.into(),
        };
        Join { meet: Meet::Within { before: (*bound).into(), after }, ..self }
    }

    /// The option `after`.
    #[must_use]
    pub fn after<B: Copy + Into<Bound>>(self, bound: &B) -> Self {
        let before = match self.meet {
            Meet::Within { before, .. } => before,
            Meet::Window(_) => Duration::ZERO.into(),
        };
        Join { meet: Meet::Within { before, after: (*bound).into() }, ..self }
    }

    /// The option `window`.
    #[must_use]
    pub fn window(self, window: &Window<Event>) -> Self {
        Join { meet: Meet::Window(*window), ..self }
    }

    /// The option `lateness`.
    #[must_use]
    pub fn lateness(self, lateness: &Duration) -> Self {
        Join { lateness: *lateness, ..self }
    }

    /// The option `late = per_pair`.
    #[must_use]
    pub fn late_per_pair(self) -> Self {
        Join { judged: Judged::PerPair, ..self }
    }

    pub(crate) fn kind(&self) -> &J {
        &self.kind
    }

    /// How records meet, and the lateness that is allowed.
    pub(crate) fn rule(&self) -> Result<(Rule, i64), Error> {
        let rule = match self.meet {
            Meet::Within { before, after } => Rule::Within(Reach::new(before, after)?, self.judged),
            Meet::Window(window) => Rule::Window(window.grid()?),
        };
        Ok((rule, micros(self.lateness)))
    }
}
