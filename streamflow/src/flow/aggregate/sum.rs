//! `sum`: the sum of the records, or of a projection of them.

use super::super::proof::{Asked, Total};
use super::super::{Flow, Group};
use super::{Aggregate, Number, Project};
use super::{By, Itself};

impl<T, Shape: Group, Time> Flow<T, Shape, Time> {
    /// Adds up numbers.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 3u64), ("bob", 4), ("ann", 5)])
    ///         -> key_by(|sale| sale.0)
    ///         -> sum(|sale| sale.1)
    ///         -> map(|row| (row.key.to_owned(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// rows.sort_by(|a, b| a.0.cmp(&b.0));
    /// assert_eq!(rows, [("ann".to_owned(), 8), ("bob".to_owned(), 4)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a projection, or items that are values themselves: `sum()`. **Gives** without a key the value; behind `key_by` an [`Update`](crate::Update) a key; in a window a [`Windowed`](crate::Windowed) row a window and key. Without a window it runs on: each batch emits what changed in it.
    ///
    /// **State and cost:** 8 bytes a key. Integers are combined per chunk and wrap around at 64 bits; floats are added in source order within a partition, never in an order that threads decide. With integers, in a sliding window of four slides or more a total takes 12 bytes a key more: panes that leave are taken out of it, in place of merging all.
    ///
    /// **Order:** rows of different keys come in no fixed order. **Failure:** a panic of the closure ends the job with the stage, the partition and the record.
    ///
    /// **Related:** [`mean`](Flow::mean), [`count`](Flow::count), [`Number`](crate::Number). Spark: `reduceByKey(_ + _)`.
    pub fn sum<V, F: Fn(&T) -> V + Sync>(self, projection: F) -> (Asked<Sum<By<F>>, V>, Total<Shape>) {
        (Asked::new(Sum(By(projection))), Total::NEW)
    }
}

/// `sum()`: of the items themselves.
pub fn sum_itself<T, Shape: Group, Time>(_: Flow<T, Shape, Time>) -> (Asked<Sum<Itself>, T>, Total<Shape>) {
    (Asked::new(Sum(Itself)), Total::NEW)
}

/// Sums what a projection gives.
pub struct Sum<J>(pub J);

impl<T, J, V> Aggregate<T> for Sum<J>
where
    J: Project<T, Value = V>,
    V: Number,
{
    type Carry = V::Sum;
    type Acc = V::Sum;
    type Out = V::Sum;
    const UNDO: bool = false;
    const COMBINES: bool = V::EXACT;
    const MERGES: bool = true;
    // a float that has been rounded stays so when what rounded it leaves
    const INVERTS: bool = V::EXACT;

    #[inline(always)]
    fn initial(&self) -> V::Sum {
        V::ZERO
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> V::Sum {
        self.0.project(item).widen()
    }
    fn nothing(&self) -> Option<V::Sum> {
        V::EXACT.then_some(V::ZERO)
    }
    #[inline(always)]
    fn combine(&self, into: &mut V::Sum, from: V::Sum) {
        *into = V::add(*into, from);
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut V::Sum, carry: V::Sum) {
        *accumulator = V::add(*accumulator, carry);
    }
    #[inline(always)]
    fn merge(&self, into: &mut V::Sum, from: &V::Sum) {
        *into = V::add(*into, *from);
    }
    #[inline(always)]
    fn invert(&self, from: &mut V::Sum, leaving: &V::Sum) {
        *from = V::subtract(*from, *leaving);
    }
    #[inline(always)]
    fn output(&self, accumulator: &V::Sum) -> V::Sum {
        *accumulator
    }
    fn identity(&self) -> Option<V::Sum> {
        Some(V::ZERO)
    }
    #[inline(always)]
    fn copy(&self, carry: &V::Sum) -> V::Sum {
        *carry
    }
}
