use super::Keys;
use super::as_of::Versioned;
use crate::flow::{Flow, Keyed, Plain};
use crate::join::as_of::Never;

impl<T, K, Time> Flow<T, Keyed<K>, Time> {
    /// Joins each record at once with the latest record of the other stream, its table.
    ///
    /// Only the left stream gives rows; the right one changes what they see. `deletes = |right| ..` says which of its records delete their key.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     let users = source::vec(vec![(7, 'a'), (7, 'A')])
    ///         -> key_by(|user| user.0);
    ///     let clicks = source::vec(vec![(7, "/a"), (8, "/b")])
    ///         -> key_by(|click| click.0);
    ///     clicks
    ///         -> latest_join(users, |click, user| (click.1, user.map(|user| user.1)))
    ///         -> &mut rows;
    /// }
    /// .run()?;
    /// rows.sort();
    /// assert_eq!(rows, [("/a", Some('A')), ("/b", None)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams; right items are [`State`](crate::State), left ones may borrow. The closure gets
    /// `(&left, Option<&right>)`; for an inner join let it give an `Option` and put `filter_map(|row| row)` behind. **Gives** a stream without
    /// key; times of the left stream stay.
    ///
    /// **State and cost:** the latest right record of each key, until it is deleted.
    ///
    /// **Order:** the right records of a batch are applied first, then its left records see them, in source order a key. Which records share a
    /// batch depends on when they arrive; [`as_of_join`](Flow::as_of_join) goes by their times instead. **Failure:** a panic ends the job with the
    /// number of the row.
    ///
    /// **Related:** [`as_of_join`](Flow::as_of_join), [`table_join`](Flow::table_join), [`lookup`](Flow::lookup). Kafka Streams: `KStream.join(KTable)`.
    pub fn latest_join<R, Q, Other, U, F: Fn(&T, Option<&R>) -> U + Sync>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> (Keys<Versioned<K, T, R, F, Never>, K, Q>, Flow<U, Plain, Time>)
    where
        T: Send,
    {
        (Keys::new(Versioned::new(function)), Flow::NEW)
    }
}
