//! `lookup`: the operator and its step.

use super::proof::{No, Nothing, Yes};
use super::{Flow, Plain};
use crate::state::{Key, StoredKey};
use crate::table::{LookupTable, Version};
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Asks a table for the row of a key, and makes something of the record and the row.
    ///
    /// ```
    /// # use streamflow::{stream, source, table};
    /// let prices = table::from_iter([("pen".to_owned(), 120), ("ink".to_owned(), 300)]);
    /// let mut totals = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ink", 2), ("cup", 1)])
    ///         -> lookup(prices, |order| order.0, |order, price| price.map(|price| price * order.1))
    ///         -> &mut totals
    /// }
    /// .run()?;
    /// assert_eq!(totals, [Some(600), None]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a [`LookupTable`](crate::table::LookupTable) and a [`Key`] of its type; `&str` finds what `String` stored. The key may borrow from the batch, not from
    /// a record that owns its text. The second closure gets `(item, Option<&row>)`. **Gives** a stream without key; timestamps stay.
    ///
    /// **State and cost:** none here; the table is in memory once. A hash and a look-up a record, in the fused loop. All records of a batch see one
    /// version of a [refreshed](crate::table::refreshed) table.
    ///
    /// **Order:** kept. **Failure:** a panic ends the job with the stage, the partition and the record. A row that is not there is no failure.
    ///
    /// **Related:** [`crate::table`], [`latest_join`](Flow::latest_join) for a table that is a stream, [`broadcast`](Flow::broadcast). Spark:
    /// join with a static DataFrame; Flink: lookup join; Kafka Streams: join with a `GlobalKTable`.
    #[allow(clippy::type_complexity)]
    pub fn lookup<'t, K, V, Q, U, F, G>(
        self,
        table: &'t LookupTable<K, V>,
        key: F,
        row: G,
    ) -> (Finds<Lookup<'t, K, V, F, G>, K, Q>, Flow<U, Plain, Time>)
    where
        F: Fn(&T) -> Q + Sync,
        G: Fn(T, Option<&V>) -> U + Sync,
    {
        (Finds(Lookup { table, version: OnceLock::new(), key, row }, PhantomData), Flow::NEW)
    }
}

/// The stage of a look-up, whose key must be one of the table.
pub struct Finds<C, K, Q>(C, PhantomData<fn() -> (K, Q)>);

/// A key that finds rows in a table of keys `K`; see `proof.rs` for the two implementations.
#[diagnostic::on_unimplemented(
    message = "the keys of this table are `{K}`, but `{Self}` is looked up",
    label = "this closure gives `{Self}`",
    note = "give the key in the type of the table; text may be `&str` or `String`"
)]
pub trait FindsIn<K, M> {
    type Of<W>;
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<K, Q: Key<Owned = K>> FindsIn<K, Yes> for Q {
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}
impl<K, Q: Key<Owned = K> + Nothing> FindsIn<K, No> for Q {
    type Of<W> = W;
    #[inline(always)]
    fn of<W>(this: W) -> W {
        this
    }
}

pub fn table_key<C, K, Q: FindsIn<K, M>, M, W>(stage: Finds<C, K, Q>, after: W) -> Q::Of<(C, W)> {
    Q::of((stage.0, after))
}

/// The functions of a look-up and its table.
pub struct Lookup<'t, K, V, F, G> {
    table: &'t LookupTable<K, V>,
    /// The version that the batch sees, once its first record asks.
    version: OnceLock<Arc<Version<K, V>>>,
    key: F,
    row: G,
}

impl<K: StoredKey, V, F, G> Lookup<'_, K, V, F, G> {
    #[inline(always)]
    pub fn call<T, Q, U>(&self, item: T) -> U
    where
        Q: Key<Owned = K>,
        F: Fn(&T) -> Q,
        G: Fn(T, Option<&V>) -> U,
    {
        let version = self.version.get_or_init(|| self.table.current());
        let probe = (self.key)(&item).probe();
        (self.row)(item, version.get(&probe))
    }
}
