//! Tables that [`lookup`](crate::Flow::lookup) asks: rows by key, from memory, from a file, or loaded again and again.
//!
//! ```
//! use streamflow::{source, stream, table};
//!
//! let names = table::from_iter([(1u64, "Ada"), (2, "Bo")]);
//! let mut greetings = Vec::new();
//! stream! {
//!     source::vec(vec![2u64, 1, 3])
//!         -> lookup(names, |id| *id, |id, name| format!("{id}: {}", name.unwrap_or(&"unknown")))
//!         -> &mut greetings
//! }
//! .run()?;
//! assert_eq!(greetings, ["2: Bo", "1: Ada", "3: unknown"]);
//! # Ok::<(), streamflow::Error>(())
//! ```

mod refresh;

pub use refresh::{Refreshed, TableStatus, refreshed};

use crate::job::turn::{Failure, Turn};
use crate::state::interner::Interner;
use crate::state::{Key, Probe, StoredKey};
use crate::{Error, ErrorKind};
use refresh::Refresh;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Rows by key. `K` is the form in which keys are kept; any key of that form finds a row: `&str` and `String` alike.
pub struct LookupTable<K, V> {
    current: Mutex<Arc<Version<K, V>>>,
    refresh: Option<Refresh<K, V>>,
}

/// One state of a table. A batch sees one.
pub(crate) struct Version<K, V> {
    keys: Interner<K>,
    rows: Vec<V>,
    seed: u64,
}

impl<K: StoredKey, V> Version<K, V> {
    fn new<Q: Key<Owned = K>>(rows: impl IntoIterator<Item = (Q, V)>) -> Self {
        // whoever sends the keys cannot predict how they are spread
        let seed = RandomState::new().hash_one(0);
        let mut version = Version { keys: Interner::new(), rows: vec![], seed };
        version.keys.seed(seed);
        for (key, row) in rows {
            let probe = key.probe();
            let number = version.keys.find_or_insert(probe.hash(seed), &probe) as usize;
            match version.rows.get_mut(number) {
                Some(old) => *old = row,
                None => version.rows.push(row),
            }
        }
        version
    }

    #[inline]
    pub fn get<P: Probe<Owned = K>>(&self, probe: &P) -> Option<&V> {
        let number = self.keys.find(probe.hash(self.seed), probe)?;
        self.rows.get(number as usize)
    }
}

impl<K, V> LookupTable<K, V> {
    fn of(version: Version<K, V>, refresh: Option<Refresh<K, V>>) -> Self {
        LookupTable { current: Mutex::new(Arc::new(version)), refresh }
    }

    pub(crate) fn current(&self) -> Arc<Version<K, V>> {
        self.current.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Takes a version that has been loaded meanwhile, and has the next one loaded if it is time. Called before each batch.
    pub(crate) fn refresh(&self, turn: &Turn<'_>) -> Result<(), Failure> {
        let Some(refresh) = self.refresh.as_ref().filter(|_| !turn.describes()) else { return Ok(()) };
        if let Some(version) = refresh.step(turn.now())? {
            *self.current.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::new(version);
        }
        Ok(())
    }
}

/// A table of pairs of key and row. Of two rows with one key the later one counts.
pub fn from_iter<Q: Key, V: Send + Sync>(rows: impl IntoIterator<Item = (Q, V)>) -> LookupTable<Q::Owned, V> {
    LookupTable::of(Version::new(rows), None)
}

/// A table of the lines of a file. The function makes a key and a row of a line, or leaves it out.
///
/// ```
/// # use streamflow::table;
/// # let path = std::env::temp_dir().join(format!("streamflow-table-{}.tsv", std::process::id()));
/// std::fs::write(&path, "EUR\t1.08\nGBP\t1.27\n")?;
/// let rates = table::lines(&path, |line| {
///     let (name, rate) = line.split_once('\t')?;
///     Some((name.to_owned(), rate.parse::<f64>().ok()?))
/// })?;
/// # drop(rates);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// If the file cannot be read or is no UTF-8.
pub fn lines<Q: Key, V: Send + Sync>(
    path: impl AsRef<Path>,
    row: impl Fn(&str) -> Option<(Q, V)>,
) -> Result<LookupTable<Q::Owned, V>, Error> {
    let path = path.as_ref();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::Source, "cannot read the table").at(format!("`{}`", path.display())).because(error)
    })?;
    Ok(from_iter(text.lines().filter_map(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_of_a_key_counts_and_borrowed_keys_find_it() {
        let table = from_iter([("a".to_owned(), 1), ("b".to_owned(), 2), ("a".to_owned(), 3)]);
        let version = table.current();
        let get = |key: &str| version.get(&key.probe()).copied();
        assert_eq!(["a", "b", "c"].map(get), [Some(3), Some(2), None]);
        let pairs = from_iter([(("a", 1u64), 'x')]);
        assert_eq!(pairs.current().get(&("a".to_owned(), 1u64).probe()), Some(&'x'));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = lines("no/such/file", |line| Some((line.to_owned(), ()))).err().expect("an error");
        assert_eq!(error.to_string(), "cannot read the table, at `no/such/file`");
    }
}
