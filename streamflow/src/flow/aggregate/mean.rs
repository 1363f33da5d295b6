//! `mean`: the arithmetic mean.

use super::super::proof::Asked;
use super::super::{Flow, Group};
use super::{Aggregate, Number, Project};
use super::{By, Itself};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// The arithmetic mean of numbers, as `f64`.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> mean(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), 4.0), ("bob".to_owned(), 4.0)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a projection, or items that are values themselves: `mean()`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** Sum and count: 16 bytes a key. Integers are combined per chunk and wrap around at 64 bits; floats are added in source order within a partition, never in an order that threads decide. With integers, in a sliding window of four slides or more a total takes 20 bytes a key more: panes that leave are taken out of it, in place of merging all.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`sum`](Flow::sum), [`Number`](crate::Number). SQL: `AVG`.
    pub fn mean<'s, V, F: Fn(&T) -> V + Sync>(
        self,
        projection: F,
    ) -> (Asked<Mean<By<F>>, V>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
        (Asked::new(Mean(By(projection))), Flow::NEW)
    }
}

/// `mean()`: of the items themselves.
pub fn mean_itself<'s, T, Shape: Group, Time>(
    _: Flow<T, Shape, Time>,
) -> (Asked<Mean<Itself>, T>, Flow<Shape::Row<'s, f64>, Shape::After, Shape::Time>) {
    (Asked::new(Mean(Itself)), Flow::NEW)
}

/// The mean of what a projection gives: sum and count, divided when a row is made.
pub struct Mean<J>(pub J);

impl<T, J, V> Aggregate<T> for Mean<J>
where
    J: Project<T, Value = V>,
    V: Number,
{
    type Carry = (V::Sum, u64);
    type Acc = (V::Sum, u64);
    type Out = f64;
    const UNDO: bool = false;
    const COMBINES: bool = V::EXACT;
    const MERGES: bool = true;
    const INVERTS: bool = V::EXACT;

    #[inline(always)]
    fn initial(&self) -> Self::Acc {
        (V::ZERO, 0)
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> Self::Carry {
        (self.0.project(item).widen(), 1)
    }
    fn nothing(&self) -> Option<Self::Carry> {
        V::EXACT.then_some((V::ZERO, 0))
    }
    #[inline(always)]
    fn combine(&self, into: &mut Self::Carry, from: Self::Carry) {
        *into = (V::add(into.0, from.0), into.1 + from.1);
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Self::Acc, carry: Self::Carry) {
        *accumulator = (V::add(accumulator.0, carry.0), accumulator.1 + carry.1);
    }
    #[inline(always)]
    fn merge(&self, into: &mut Self::Acc, from: &Self::Acc) {
        *into = (V::add(into.0, from.0), into.1 + from.1);
    }
    #[inline(always)]
    fn invert(&self, from: &mut Self::Acc, leaving: &Self::Acc) {
        *from = (V::subtract(from.0, leaving.0), from.1 - leaving.1);
    }
    #[inline(always)]
    fn output(&self, accumulator: &Self::Acc) -> f64 {
        V::float(accumulator.0) / accumulator.1 as f64
    }
    #[inline(always)]
    fn copy(&self, carry: &Self::Carry) -> Self::Carry {
        *carry
    }
}
