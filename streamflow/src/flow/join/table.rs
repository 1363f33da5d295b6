use super::Keys;
use crate::Update;
use crate::flow::{Changes, Flow, Keyed};
use crate::join::as_of::{Deletes, Never, Versions, When, version};
use crate::join::table_run::{RightVersions, TableKind};
use crate::state::{Key, StoredKey};
use std::marker::PhantomData;

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Joins two tables: whenever the latest record of a key changes on either side, the row of the key is made again.
    ///
    /// The closure decides which rows there are: `|l, r| Some((l?.n, r?.n))` is an inner join, `|l, r| Some((l?.n, r.map(..)))` a left one. A key that
    /// had a row and has none any more gives one with `value: None`. `left_deletes = |l| ..` and `right_deletes = |r| ..` say which records delete.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let mut worth = Vec::new();
    /// stream! {
    ///     let prices = source::vec(vec![(7, 120), (7, 150)])
    ///         -> key_by(|price| price.0);
    ///     let stock = source::vec(vec![(7, 3), (8, 5)])
    ///         -> key_by(|stock| stock.0);
    ///     stock
    ///         -> table_join(prices, |stock, price| Some(stock?.1 * price?.1))
    ///         -> map(|row| (row.key, row.value))
    ///         -> &mut worth;
    /// }
    /// .run()?;
    /// assert_eq!(worth, [(7, Some(450))]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key of one type on both streams; items of both are [`State`](crate::State). The closure gets
    /// `(Option<&left>, Option<&right>)` and gives an `Option`; it is called a second time, with what was before, when it gives none. **Gives**
    /// [`Update`] rows with an `Option` as value.
    ///
    /// **State and cost:** the latest record of each key on both sides, until it is deleted.
    ///
    /// **Order:** one row a key and batch, with what holds after the batch; keys in no fixed order. **Failure:** a panic ends the job with the
    /// number of the row.
    ///
    /// **Related:** [`latest_join`](Flow::latest_join). Kafka Streams: `KTable.join`; Bytewax: `join` with `insert_mode="last", emit_mode="running"`.
    #[allow(clippy::type_complexity)]
    pub fn table_join<'s, R, Q, Other, U, F>(
        self,
        _: Flow<R, Keyed<Q>, Other>,
        function: F,
    ) -> (
        Keys<Tables<K, T, R, F, Never, Never>, K, Q>,
        Flow<Update<<K::Owned as StoredKey>::Ref<'s>, Option<U>>, Changes>,
    )
    where
        F: Fn(Option<&T>, Option<&R>) -> Option<U> + Sync,
    {
        (Keys::new(Tables { function, left: Never, right: Never, types: PhantomData }), Flow::NEW)
    }
}

/// The function of a join of tables, and its options.
pub struct Tables<K, L, R, F, D, E> {
    function: F,
    left: D,
    right: E,
    types: PhantomData<fn() -> (K, L, R)>,
}

impl<K, L, R, F, D, E> Tables<K, L, R, F, D, E> {
    /// The option `left_deletes`.
    #[must_use]
    pub fn left_deletes<G: Fn(&L) -> bool + Sync>(self, deletes: G) -> Tables<K, L, R, F, When<G>, E> {
        Tables { function: self.function, left: When(deletes), right: self.right, types: PhantomData }
    }

    /// The option `right_deletes`.
    #[must_use]
    pub fn right_deletes<G: Fn(&R) -> bool + Sync>(self, deletes: G) -> Tables<K, L, R, F, D, When<G>> {
        Tables { function: self.function, left: self.left, right: When(deletes), types: PhantomData }
    }
}

impl<K, L, R, U, F, D, E> TableKind<L, R> for Tables<K, L, R, F, D, E>
where
    F: Fn(Option<&L>, Option<&R>) -> Option<U>,
{
    type Out = U;
    #[inline(always)]
    fn row(&self, left: Option<&L>, right: Option<&R>) -> Option<U> {
        (self.function)(left, right)
    }
}

impl<K, L, R, F, D: Deletes<L>, E> Versions<L> for Tables<K, L, R, F, D, E> {
    #[inline(always)]
    fn version(&self, left: L) -> Option<L> {
        version(&self.left, left)
    }
}

impl<K, L, R, F, D, E: Deletes<R>> RightVersions<R> for Tables<K, L, R, F, D, E> {
    #[inline(always)]
    fn right_version(&self, right: R) -> Option<R> {
        version(&self.right, right)
    }
}
