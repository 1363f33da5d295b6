use super::proof::Asked;
use super::{Flow, Keyed, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Groups the records by a key: what follows aggregates each group alone.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut counts = Vec::new();
    /// stream! {
    ///     source::vec(vec!["a", "b", "a"])
    ///         -> key_by(|letter| *letter)
    ///         -> count()
    ///         -> map(|update| (update.key.to_owned(), update.value))
    ///         -> &mut counts
    /// }
    /// .run()?;
    /// counts.sort();
    /// assert_eq!(counts, [("a".to_owned(), 2), ("b".to_owned(), 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a [`Key`](crate::Key): integers, text, `bool`, `char`, tuples of keys, or [`ByValue`](crate::ByValue). The key may borrow from
    /// the batch, but not from a record that owns its text. **Gives** a keyed stream; timestamps stay.
    ///
    /// **State and cost:** none here; the aggregate that follows keeps each distinct key once. The key is hashed once a record;
    /// with several threads records are exchanged to the thread that owns their key.
    ///
    /// **Order:** records of one key keep the order of their partition. **Failure:** a panic ends the job with its place.
    ///
    /// **Related:** [`map_values`](Flow::map_values), [`window`](Flow::window). Spark: the key of a pair stream; Flink: `keyBy`.
    pub fn key_by<K, F: Fn(&T) -> K + Sync>(self, function: F) -> (Asked<Stage<F>, K>, Flow<T, Keyed<K>, Time>) {
        (Asked::new(Stage::new(function)), Flow::NEW)
    }
}
