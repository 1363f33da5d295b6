//! Keys of other types, compared as they are.

use super::codec::{Differences, Layout, ReadError, Reader, Type, Writer};
use super::{Key, Probe, State, StoredKey};
use std::hash::{BuildHasher, Hash};

/// A key of any `Hash + Eq + State` type; rows show it as a reference.
///
/// ```
/// # use streamflow::{stream, sink, source, ByValue, State};
/// #[derive(Clone, Copy, Hash, PartialEq, Eq, State)]
/// enum Level { Low, High }
///
/// let mut rows = Vec::new();
/// stream! {
///     source::vec(vec![1, 20, 300])
///         -> key_by(|n| ByValue(if *n < 100 { Level::Low } else { Level::High }))
///         -> count()
///         -> map(|update| (*update.key == Level::High, update.value))
///         -> &mut rows
/// }
/// .run()?;
/// rows.sort();
/// assert_eq!(rows, [(false, 2), (true, 1)]);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByValue<T>(pub T);

/// The hash of a key that is hashed as std does it.
#[doc(hidden)]
#[inline]
pub fn hash_of<T: Hash>(key: &T, seed: u64) -> u64 {
    foldhash::fast::FixedState::with_seed(seed).hash_one(key)
}

impl<T: Hash + Eq + State + 'static> Key for ByValue<T> {
    type Owned = ByValue<T>;
    type Probe = ByValue<T>;
    fn probe(self) -> Self {
        self
    }
}
impl<T: Hash + Eq + State + 'static> Probe for ByValue<T> {
    type Owned = ByValue<T>;
    fn hash(&self, seed: u64) -> u64 {
        hash_of(&self.0, seed)
    }
    fn same(&self, stored: &Self) -> bool {
        self == stored
    }
    fn equal(&self, other: &Self) -> bool {
        self == other
    }
    fn own(&self) -> Self {
        self.clone()
    }
}
/// Stored as the value in it.
impl<T: State> State for ByValue<T> {
    const COLUMNS: &'static Layout = T::COLUMNS;
    fn schema() -> Type {
        T::schema()
    }
    fn write(rows: &[&Self], out: &mut Writer) {
        let values: Vec<&T> = rows.iter().map(|row| &row.0).collect();
        T::write(&values, out);
    }
    fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
        let values = T::read(stored, rows, input)?;
        Ok(values.into_iter().map(ByValue).collect())
    }
    fn compare(stored: &Type, found: &mut Differences) {
        T::compare(stored, found);
    }
}

impl<T: Hash + Eq + State + 'static> StoredKey for ByValue<T> {
    type Ref<'s>
        = &'s T
    where
        Self: 's;
    fn view(&self) -> &T {
        &self.0
    }
    fn hash(&self, seed: u64) -> u64 {
        Probe::hash(self, seed)
    }
}
