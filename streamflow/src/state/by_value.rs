//! Keys of other types, compared as they are.

use super::{Key, Probe, StoredKey};
use std::hash::{BuildHasher, Hash};

/// A key of any `Hash + Eq + Clone` type; rows show it as a reference.
///
/// ```
/// # use streamflow::{stream, sink, source, ByValue};
/// #[derive(Clone, Copy, Hash, PartialEq, Eq)]
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

impl<T: Hash + Eq + Clone + Send + Sync + 'static> Key for ByValue<T> {
    type Owned = ByValue<T>;
    type Probe = ByValue<T>;
    fn probe(self) -> Self {
        self
    }
}
impl<T: Hash + Eq + Clone + Send + Sync + 'static> Probe for ByValue<T> {
    type Owned = ByValue<T>;
    fn hash(&self, seed: u64) -> u64 {
        foldhash::fast::FixedState::with_seed(seed).hash_one(&self.0)
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
impl<T: Hash + Eq + Clone + Send + Sync + 'static> StoredKey for ByValue<T> {
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
    fn shape() -> String {
        "value".to_owned()
    }
}
