//! `count`: how many records.

use super::super::{Flow, Group};
use super::Aggregate;

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Counts records.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> count()
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), 2), ("bob".to_owned(), 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** nothing. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** 8 bytes a key. Combined per chunk; only changed bits are kept for a batch (mark). In a sliding window of four slides or more a total takes 12 bytes a key more: panes that leave are taken out of it, in place of merging all.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** none of its own.
    ///
    /// **Related:** [`sum`](Flow::sum), [`mean`](Flow::mean). Spark: `count`, `countByKey`.
    pub fn count<'s>(self) -> (Count, Flow<Shape::Row<'s, u64>, Shape::After, Shape::Time>) {
        (Count, Flow::NEW)
    }
}

/// Counts records; 64 bits.
#[derive(Clone, Copy)]
pub struct Count;

impl<T> Aggregate<T> for Count {
    type Carry = u64;
    type Acc = u64;
    type Out = u64;
    const UNDO: bool = false;
    const COMBINES: bool = true;
    const MERGES: bool = true;
    const INVERTS: bool = true;

    #[inline(always)]
    fn initial(&self) -> u64 {
        0
    }
    #[inline(always)]
    fn lift(&self, _: T, _: u64) -> u64 {
        1
    }
    fn nothing(&self) -> Option<u64> {
        Some(0)
    }
    #[inline(always)]
    fn combine(&self, into: &mut u64, from: u64) {
        *into += from;
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut u64, carry: u64) {
        *accumulator += carry;
    }
    #[inline(always)]
    fn merge(&self, into: &mut u64, from: &u64) {
        *into += from;
    }
    #[inline(always)]
    fn invert(&self, from: &mut u64, leaving: &u64) {
        *from -= leaving;
    }
    #[inline(always)]
    fn output(&self, accumulator: &u64) -> u64 {
        *accumulator
    }
    fn none(&self) -> Option<u64> {
        Some(0)
    }
    fn identity(&self) -> Option<u64> {
        Some(0)
    }
    #[inline(always)]
    fn copy(&self, carry: &u64) -> u64 {
        *carry
    }
}
