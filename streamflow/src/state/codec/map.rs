//! Sets and maps: lengths, then all keys, then all values. Read in the order in which they were written.

use super::list::{read_lengths, write_lengths};
use super::{Differences, Layout, ReadError, Reader, Type, Writer};
use crate::state::State;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

/// Writes sets, whatever keeps them: their lengths, and all their items.
pub(crate) fn write_sets<'s, T: State + 's>(
    lengths: impl ExactSizeIterator<Item = usize> + Clone,
    items: impl Iterator<Item = &'s T>,
    out: &mut Writer,
) {
    write_lengths(&T::schema(), lengths, out);
    let items: Vec<&T> = items.collect();
    T::write(&items, out);
}

/// Reads sets as `collected` makes them of a length and the items behind it.
pub(crate) fn read_sets<T: State, R: State>(
    stored: &Type,
    rows: usize,
    input: &mut Reader<'_>,
    collected: impl Fn(usize, &mut dyn Iterator<Item = T>) -> R,
) -> Result<Vec<R>, ReadError> {
    let Type::Set(item) = stored else { return Err(ReadError::unlike(stored, &R::schema())) };
    let (lengths, items) = read_lengths(item, rows, input)?;
    let mut items = T::read(item, items, input)?.into_iter();
    let mut read = input.reserve(rows)?;
    for length in lengths {
        read.push(collected(length, &mut items.by_ref().take(length)));
    }
    Ok(read)
}

macro_rules! sets {
    ($($type:ident<T $(, $hasher:ident)?>: $($bound:ident)*, $empty:expr;)*) => {$(
        impl<T: State $(+ $bound)* $(, $hasher: BuildHasher + Default + Clone + Send + Sync)?> State for $type<T $(, $hasher)?> {
            const COLUMNS: &'static Layout = &Layout::Set(T::COLUMNS);
            fn schema() -> Type {
                Type::Set(Box::new(T::schema()))
            }
            fn write(rows: &[&Self], out: &mut Writer) {
                write_sets(rows.iter().map(|row| row.len()), rows.iter().flat_map(|row| row.iter()), out);
            }
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                read_sets(stored, rows, input, |length, items| {
                    let mut row: Self = $empty(length);
                    row.extend(items);
                    row
                })
            }
            fn compare(stored: &Type, found: &mut Differences) {
                match stored {
                    Type::Set(item) => T::compare(item, found),
                    other => found.unlike(other, &Self::schema()),
                }
            }
        }
    )*};
}
sets! {
    BTreeSet<T>: Ord, |_| BTreeSet::new();
    HashSet<T, S>: Eq Hash, |length| HashSet::with_capacity_and_hasher(length, S::default());
}

macro_rules! maps {
    ($($type:ident<K, V $(, $hasher:ident)?>: $($bound:ident)*, $empty:expr;)*) => {$(
        impl<K: State $(+ $bound)*, V: State $(, $hasher: BuildHasher + Default + Clone + Send + Sync)?> State
            for $type<K, V $(, $hasher)?>
        {
            const COLUMNS: &'static Layout = &Layout::Map(K::COLUMNS, V::COLUMNS);
            fn schema() -> Type {
                Type::Map(Box::new(K::schema()), Box::new(V::schema()))
            }
            fn write(rows: &[&Self], out: &mut Writer) {
                write_lengths(&K::schema(), rows.iter().map(|row| row.len()), out);
                let (keys, values): (Vec<&K>, Vec<&V>) = rows.iter().flat_map(|row| row.iter()).unzip();
                K::write(&keys, out);
                V::write(&values, out);
            }
            fn read(stored: &Type, rows: usize, input: &mut Reader<'_>) -> Result<Vec<Self>, ReadError> {
                let Type::Map(key, value) = stored else { return Err(ReadError::unlike(stored, &Self::schema())) };
                let (lengths, items) = read_lengths(key, rows, input)?;
                let keys = K::read(key, items, input).map_err(|error| error.within("key"))?;
                let values = V::read(value, items, input)?;
                let mut items = keys.into_iter().zip(values);
                let mut read = input.reserve(rows)?;
                for length in lengths {
                    let mut row: Self = $empty(length);
                    row.extend(items.by_ref().take(length));
                    read.push(row);
                }
                Ok(read)
            }
            fn compare(stored: &Type, found: &mut Differences) {
                match stored {
                    Type::Map(key, value) => {
                        found.within("key", |found| K::compare(key, found));
                        V::compare(value, found);
                    }
                    other => found.unlike(other, &Self::schema()),
                }
            }
        }
    )*};
}
maps! {
    BTreeMap<K, V>: Ord, |_| BTreeMap::new();
    HashMap<K, V, S>: Eq Hash, |length| HashMap::with_capacity_and_hasher(length, S::default());
}
