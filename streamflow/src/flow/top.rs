//! `top`: the operator. Its steps are in `ranking.rs`.

use super::proof::Asked;
use super::{Flow, Stage};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Keeps the `n` best by a projection, best first.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// use std::cmp::Reverse;
    /// let mut best = Vec::new();
    /// stream! {
    ///     source::vec(vec!["a", "b", "c", "b", "c", "c"])
    ///         -> key_by(|letter| *letter)
    ///         -> count()
    ///         -> top(2, by = |row| (row.value, Reverse(row.key)))
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut best
    /// }
    /// .run()?;
    /// assert_eq!(best, [("c".to_owned(), 3), ("b".to_owned(), 2)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** an order: numbers, text, floats, tuples and `Reverse` of them. **Gives** the same rows.
    /// * After a running aggregate: the best of the latest values of all keys. A batch that changes the ranking emits it whole.
    /// * After a window: the best rows of each window.
    /// * Over records: the best records so far; they must own what they hold.
    ///
    /// **State and cost:** after a running aggregate a second copy of keys and values, since a value may also get worse; a member that
    /// gets worse costs a look at all keys. After a window none. Over records `n` of them.
    ///
    /// **Order:** best first; equals in no fixed order: add a second criterion. **Failure:** a panic ends the job with the stage.
    ///
    /// **Related:** [`max`](Flow::max). Spark: `top`; SQL: `ORDER BY .. LIMIT`.
    pub fn top<O, F: Fn(&T) -> O + Sync>(self, count: &usize, by: F) -> (Asked<Top<F>, O>, Flow<T, Shape>) {
        (Asked::new(Top { count: *count, by: Stage::new(by) }), Flow::NEW)
    }
}

/// How many, and by what.
pub struct Top<F> {
    pub(crate) count: usize,
    pub(crate) by: Stage<F>,
}
