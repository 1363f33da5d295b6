use super::Keys;
use crate::flow::{Flow, Keyed, Plain};
use crate::join::batch::{Relational, Semi};
use crate::join::cogroup::Cogrouped;
use crate::join::kind::{FullOuter, Inner, LeftOuter, RightOuter};
use crate::state::{Key, StoredKey};
use std::marker::PhantomData;

/// A stage that joins within one batch.
pub struct InBatch<K, L, R, J>(J, PhantomData<fn() -> (K, L, R)>);

impl<K, L, R, J> InBatch<K, L, R, J> {
    fn new(kind: J) -> Self {
        InBatch(kind, PhantomData)
    }

    pub(crate) fn kind(&self) -> &J {
        &self.0
    }
}

/// What a relational join within one batch is.
type Joined<K, T, R, Q, J, U> = (Keys<InBatch<K, T, R, Relational<J>>, K, Q>, Flow<U, Plain>);

impl<T: Send, K, Time> Flow<T, Keyed<K>, Time> {
    /// Joins the records of two streams that have one key and come in the same batch.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let ages = source::vec(vec![("ada", 36), ("bo", 7)]) -> key_by(|age| age.0);
    ///     let towns = source::vec(vec![("ada", "London"), ("ada", "Ockham")]) -> key_by(|town| town.0);
    ///     ages
    ///         -> join_batch(towns, |age, town| (age.0, age.1, town.1))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("ada", 36, "London"), ("ada", 36, "Ockham")]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams. Records may borrow from the batch. The closure gets both by reference, since one may meet
    /// several. **Gives** a stream without key and without timestamps: n left and m right records of a key give n times m rows.
    ///
    /// **State and cost:** none between batches. Records of neighbouring batches do not meet: which share a batch depends on when they arrive. To join
    /// by time use [`join`](Flow::join).
    ///
    /// **Order:** of a key, left records in source order, each with its right ones in source order; keys in no fixed order. **Failure:** a
    /// panic ends the job with its stage.
    ///
    /// **Related:** [`join`](Flow::join), [`left_join_batch`](Flow::left_join_batch), [`cogroup`](Flow::cogroup). Spark: `DStream.join`.
    pub fn join_batch<R: Send, Q, Other, U, F: Fn(&T, &R) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> Joined<K, T, R, Q, Inner<F>, U> {
        (Keys::new(InBatch::new(Relational(Inner(function)))), Flow::NEW)
    }

    /// Joins two streams like [`join_batch`](Flow::join_batch), and gives a row for each left record that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let left = source::vec(vec![("a", 1), ("b", 2)]) -> key_by(|l| l.0);
    ///     let right = source::vec(vec![("b", 3)]) -> key_by(|r| r.0);
    ///     left
    ///         -> left_join_batch(right, |l, r| (l.1, r.map(|r| r.1)))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [(1, None), (2, Some(3))]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join_batch` needs; the closure gets `(&left, Option<&right>)`. **Gives** what `join_batch` gives.
    ///
    /// **State and cost:** as `join_batch`. **Order:** as `join_batch`. **Failure:** as `join_batch`.
    ///
    /// **Related:** [`left_join`](Flow::left_join). Spark: `DStream.leftOuterJoin`.
    pub fn left_join_batch<R: Send, Q, Other, U, F: Fn(&T, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> Joined<K, T, R, Q, LeftOuter<F>, U> {
        (Keys::new(InBatch::new(Relational(LeftOuter(function)))), Flow::NEW)
    }

    /// Joins two streams like [`join_batch`](Flow::join_batch), and gives a row for each right record that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let left = source::vec(vec![("b", 2)]) -> key_by(|l| l.0);
    ///     let right = source::vec(vec![("b", 3), ("c", 4)]) -> key_by(|r| r.0);
    ///     left
    ///         -> right_join_batch(right, |l, r| (l.map(|l| l.1), r.1))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [(None, 4), (Some(2), 3)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join_batch` needs; the closure gets `(Option<&left>, &right)`. **Gives** what `join_batch` gives.
    ///
    /// **State and cost:** as `join_batch`. **Order:** as `join_batch`; right records that met none come last. **Failure:** as `join_batch`.
    ///
    /// **Related:** [`right_join`](Flow::right_join). Spark: `DStream.rightOuterJoin`.
    pub fn right_join_batch<R: Send, Q, Other, U, F: Fn(Option<&T>, &R) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> Joined<K, T, R, Q, RightOuter<F>, U> {
        (Keys::new(InBatch::new(Relational(RightOuter(function)))), Flow::NEW)
    }

    /// Joins two streams like [`join_batch`](Flow::join_batch), and gives a row for each record of either that met none as well.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let left = source::vec(vec![("a", 1), ("b", 2)]) -> key_by(|l| l.0);
    ///     let right = source::vec(vec![("b", 3), ("c", 4)]) -> key_by(|r| r.0);
    ///     left
    ///         -> full_join_batch(right, |l, r| (l.map(|l| l.1), r.map(|r| r.1)))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [(None, Some(4)), (Some(1), None), (Some(2), Some(3))]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** what `join_batch` needs; the closure gets `(Option<&left>, Option<&right>)`, of which one is there. **Gives** what `join_batch`
    /// gives.
    ///
    /// **State and cost:** as `join_batch`. **Order:** as `right_join_batch`. **Failure:** as `join_batch`.
    ///
    /// **Related:** [`full_join`](Flow::full_join). Spark: `DStream.fullOuterJoin`.
    pub fn full_join_batch<R: Send, Q, Other, U, F: Fn(Option<&T>, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> Joined<K, T, R, Q, FullOuter<F>, U> {
        (Keys::new(InBatch::new(Relational(FullOuter(function)))), Flow::NEW)
    }

    /// Keeps the records whose key the other stream has in the same batch.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut kept = Vec::new();
    /// stream! {
    ///     let wanted = source::vec(vec![1, 1, 4]) -> key_by(|n| *n);
    ///     let all = source::vec(vec![(1, "a"), (2, "b"), (1, "c")]) -> key_by(|row| row.0);
    ///     all -> semi_join_batch(wanted) -> &mut kept;
    /// }
    /// .run()?;
    /// assert_eq!(kept, [(1, "a"), (1, "c")]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams. **Gives** the left records, each once, without key and without timestamps.
    ///
    /// **State and cost:** none between batches. **Order:** of a key, source order; keys in no fixed order. **Failure:** none of its own.
    ///
    /// **Related:** [`anti_join_batch`](Flow::anti_join_batch), [`join_batch`](Flow::join_batch). SQL: `WHERE EXISTS`; Differential: `semijoin`.
    pub fn semi_join_batch<R: Send, Q, Other>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
    ) -> (Keys<InBatch<K, T, R, Semi>, K, Q>, Flow<T>) {
        (Keys::new(InBatch::new(Semi { there: true })), Flow::NEW)
    }

    /// Keeps the records whose key the other stream does not have in the same batch.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut kept = Vec::new();
    /// stream! {
    ///     let blocked = source::vec(vec![1, 4]) -> key_by(|n| *n);
    ///     let all = source::vec(vec![(1, "a"), (2, "b"), (2, "c")]) -> key_by(|row| row.0);
    ///     all -> anti_join_batch(blocked) -> &mut kept;
    /// }
    /// .run()?;
    /// assert_eq!(kept, [(2, "b"), (2, "c")]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams. **Gives** the left records without key and without timestamps.
    ///
    /// **State and cost:** none between batches. **Order:** of a key, source order; keys in no fixed order. **Failure:** none of its own.
    ///
    /// **Related:** [`semi_join_batch`](Flow::semi_join_batch). SQL: `WHERE NOT EXISTS`; Differential: `antijoin`.
    pub fn anti_join_batch<R: Send, Q, Other>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
    ) -> (Keys<InBatch<K, T, R, Semi>, K, Q>, Flow<T>) {
        (Keys::new(InBatch::new(Semi { there: false })), Flow::NEW)
    }

    /// Gives the records of each key of both streams, within one batch.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let left = source::vec(vec![("a", 1), ("a", 2), ("b", 3)]) -> key_by(|l| l.0);
    ///     let right = source::vec(vec![("a", 4)]) -> key_by(|r| r.0);
    ///     left
    ///         -> cogroup(right)
    ///         -> map(|both| (both.key.to_owned(), both.left.len(), both.right.len()))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("a".to_owned(), 2, 1), ("b".to_owned(), 1, 0)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams. **Gives** a [`Cogrouped`] a key that either stream has in the batch, without timestamps.
    ///
    /// **State and cost:** none between batches. **Order:** records of a key in source order; keys in no fixed order. **Failure:** none of its own.
    ///
    /// **Related:** [`join_batch`](Flow::join_batch). Spark: `DStream.cogroup`.
    #[allow(clippy::type_complexity)]
    pub fn cogroup<'s, R: Send, Q, Other>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
    ) -> (Keys<InBatch<K, T, R, ()>, K, Q>, Flow<Cogrouped<<K::Owned as StoredKey>::Ref<'s>, T, R>>)
    where
        K: Key,
    {
        (Keys::new(InBatch::new(())), Flow::NEW)
    }
}
