//! What a checkpoint keeps of a slot: tables of rows, changed ones in the record of a batch, all of them in a snapshot.
//!
//! Changes are absolute: the value that a key has now, or that it has none. So a record may be applied to state that
//! has seen it already, and a snapshot may be taken while batches go on.

#[cfg(feature = "cli")]
use super::codec::Value;
use super::codec::{Fit, Layout, ReadError, Reader, Type, Writer, fit_key};
use super::{Fraction, State};
use std::collections::VecDeque;

/// The rows of a table that are gathered before they are written column by column: one pass over cold memory.
const GATHERED: usize = 4096;

/// A table that a checkpoint keeps of a slot.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name within the slot: one word.
    pub name: &'static str,
    /// The type of its rows.
    pub row: Type,
    /// Can rows that were stored as another type be read as these?
    pub fit: fn(&Type) -> Fit,
    /// Of the key and the value.
    pub columns: [&'static Layout; 2],
    /// Nothing in it is of the user's.
    pub own: bool,
}

impl Table {
    /// A table of keys and values.
    pub(crate) fn of<K: State, V: State>(name: &'static str) -> Self {
        TableLayout::of::<K, V>(name).table()
    }
}

/// A table as a constant, which the compiler can compare with what is locked.
#[derive(Clone, Copy, Debug)]
pub struct TableLayout {
    pub(crate) name: &'static str,
    pub(crate) key: &'static Layout,
    pub(crate) value: &'static Layout,
    row: fn() -> Type,
    fit: fn(&Type) -> Fit,
    /// Nothing in it is of the user's: watermarks, counts.
    own: bool,
}

impl TableLayout {
    /// A table of keys and values.
    pub(crate) const fn of<K: State, V: State>(name: &'static str) -> Self {
        TableLayout {
            name,
            key: K::COLUMNS,
            value: V::COLUMNS,
            row: <(K, V)>::schema,
            fit: fit_row::<K, V>,
            own: false,
        }
    }

    /// A table of the library's own: no change of a program can make it unreadable.
    pub(crate) const fn own<V: State>(name: &'static str) -> Self {
        TableLayout { own: true, ..TableLayout::of::<(), V>(name) }
    }

    pub(crate) fn table(&self) -> Table {
        Table { name: self.name, row: (self.row)(), fit: self.fit, columns: [self.key, self.value], own: self.own }
    }
}

/// A value may change as its type says; a key may not.
fn fit_row<K: State, V: State>(stored: &Type) -> Fit {
    match stored {
        Type::Tuple(columns) if columns.len() == 2 => match fit_key::<K>(&columns[0]) {
            Fit::Same => V::fit(&columns[1]),
            other => other,
        },
        _ => <(K, V)>::fit(stored),
    }
}

/// Takes what a slot has to save.
#[derive(Debug)]
pub struct Saving<'o> {
    /// All there is, for a snapshot, or what the batch has changed.
    pub(crate) all: bool,
    /// What of it is asked for: all, but for a snapshot of a slot that [divides](super::SlotApi::divides).
    pub(crate) fraction: Fraction,
    pub(crate) slot: &'static str,
    /// Name of the slot, name of the table, rows.
    pub(crate) tables: &'o mut Vec<(&'static str, &'static str, Vec<u8>)>,
    /// Memory of earlier tables: fresh pages for a batch of a million keys took longer than what was written into them.
    pub(crate) spare: &'o mut VecDeque<Vec<u8>>,
    /// Why what was saved is of no use, if it is not.
    pub(crate) failure: &'o mut Option<String>,
}

impl Saving<'_> {
    /// Rows of a table; one without rows is left out.
    pub(crate) fn table(&mut self, name: &'static str, fill: impl FnOnce(&mut Blocks)) {
        let memory = self.spare.pop_front().unwrap_or_default();
        match Blocks::after(memory, fill) {
            Ok(bytes) if bytes.is_empty() => self.spare.push_front(bytes),
            Ok(bytes) => self.tables.push((self.slot, name, bytes)),
            Err(reason) => {
                *self.failure = Some(format!("a value of the state `{}` cannot be written: {reason}", self.slot))
            }
        }
    }
}

/// Rows, in blocks: a tag that the slot gives to all rows of the block, their number, the columns.
pub(crate) struct Blocks(Writer);

impl Blocks {
    /// The bytes of rows, or why a value among them cannot be written: only serde can fail.
    pub fn of(fill: impl FnOnce(&mut Blocks)) -> Result<Vec<u8>, String> {
        Self::after(vec![], fill)
    }

    /// The same in memory that is used again.
    fn after(memory: Vec<u8>, fill: impl FnOnce(&mut Blocks)) -> Result<Vec<u8>, String> {
        let mut blocks = Blocks(Writer::after(memory));
        fill(&mut blocks);
        match blocks.0.failure() {
            Some(reason) => Err(reason.to_owned()),
            None => Ok(blocks.0.into_bytes()),
        }
    }

    pub fn rows<'r, K: State + 'r, V: State + 'r>(&mut self, tag: i64, rows: impl Iterator<Item = (&'r K, &'r V)>) {
        let (mut keys, mut values) = (vec![], vec![]);
        for (key, value) in rows {
            keys.push(key);
            values.push(value);
            if keys.len() == GATHERED {
                self.block(tag, &keys, &values);
                keys.clear();
                values.clear();
            }
        }
        if !keys.is_empty() {
            self.block(tag, &keys, &values);
        }
    }

    /// One row.
    pub fn row<K: State, V: State>(&mut self, tag: i64, key: &K, value: &V) {
        self.block(tag, &[key], &[value]);
    }

    /// As the codec writes rows of `(K, V)`, without making them.
    fn block<K: State, V: State>(&mut self, tag: i64, keys: &[&K], values: &[&V]) {
        self.0.number(tag as u64);
        self.0.number(keys.len() as u64);
        self.0.column(|out| K::write(keys, out));
        self.0.column(|out| V::write(values, out));
    }
}

/// A table as it was stored.
#[derive(Clone, Debug)]
pub struct Stored<'s> {
    /// Its name within the slot.
    pub(crate) name: &'s str,
    /// The type that its rows had.
    pub(crate) row: &'s Type,
    pub(crate) bytes: &'s [u8],
}

impl Stored<'_> {
    /// Calls `each` with the tag, key and value of every row.
    pub(crate) fn each<K: State, V: State>(&self, mut each: impl FnMut(i64, K, V)) -> Result<(), ReadError> {
        self.blocks(|tag, rows| rows.into_iter().for_each(|(key, value)| each(tag, key, value)))
    }

    /// The same with the rows that were written together.
    pub(crate) fn blocks<K: State, V: State>(&self, mut each: impl FnMut(i64, Vec<(K, V)>)) -> Result<(), ReadError> {
        let mut reader = Reader::new(self.bytes);
        while reader.remaining() > 0 {
            let tag = reader.number()? as i64;
            let rows = usize::try_from(reader.number()?).unwrap_or(usize::MAX);
            each(tag, <(K, V)>::read(self.row, rows, &mut reader)?);
        }
        Ok(())
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> Result<usize, ReadError> {
        let (mut reader, mut count) = (Reader::new(self.bytes), 0usize);
        while reader.remaining() > 0 {
            reader.number()?;
            count = count.saturating_add(usize::try_from(reader.number()?).unwrap_or(usize::MAX));
            reader.column()?;
            reader.column()?;
        }
        Ok(count)
    }
}

#[cfg(feature = "cli")]
impl Stored<'_> {
    /// Calls `each` with the tag, key and value of every row, read by what was stored of their type alone.
    pub(crate) fn values(&self, mut each: impl FnMut(i64, Value, Value)) -> Result<(), ReadError> {
        let mut reader = Reader::new(self.bytes);
        while reader.remaining() > 0 {
            let tag = reader.number()? as i64;
            let rows = usize::try_from(reader.number()?).unwrap_or(usize::MAX);
            for row in Value::read(self.row, rows, &mut reader)? {
                match row {
                    Value::Tuple(columns) => match <[Value; 2]>::try_from(columns) {
                        Ok([key, value]) => each(tag, key, value),
                        Err(_) => return Err(ReadError::new("a row is not of a key and a value")),
                    },
                    _ => return Err(ReadError::new("a row is not of a key and a value")),
                }
            }
        }
        Ok(())
    }
}

/// A slot that can be kept, once its types are known to fit.
pub(crate) trait Saves: Sized {
    const TABLES: &'static [TableLayout];
    fn tables() -> Vec<Table> {
        Self::TABLES.iter().map(TableLayout::table).collect()
    }
    /// The changes of the batch, before its commit; or all.
    fn save(&self, saving: &mut Saving<'_>);
    fn restore(&mut self, stored: &Stored<'_>) -> Result<(), ReadError>;
}

/// How a slot is kept. A slot has no bounds on its types; this is left in it by the first look at the pipeline, where they
/// are known.
pub(crate) struct Codec<S> {
    pub tables: fn() -> Vec<Table>,
    pub save: fn(&S, &mut Saving<'_>),
    pub restore: fn(&mut S, &Stored<'_>) -> Result<(), ReadError>,
}

impl<S: Saves> Codec<S> {
    pub const OF: Self = Codec { tables: S::tables, save: S::save, restore: S::restore };
}

impl<S> Clone for Codec<S> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<S> Copy for Codec<S> {}

/// The methods of [`SlotApi`](super::SlotApi) of a slot whose codec this finds.
macro_rules! saved_by {
    (|$slot:ident| $codec:expr) => {
        fn tables(&self) -> Option<Vec<$crate::state::save::Table>> {
            let $slot = self;
            $codec.map(|codec| (codec.tables)())
        }
        fn save(&self, saving: &mut $crate::state::save::Saving<'_>) {
            let $slot = self;
            if let Some(codec) = $codec {
                (codec.save)(self, saving);
            }
        }
        fn restore(&mut self, stored: &$crate::state::save::Stored<'_>) -> Result<(), $crate::state::codec::ReadError> {
            let $slot = &*self;
            let codec = $codec;
            codec.map_or(Ok(()), |codec| (codec.restore)(self, stored))
        }
    };
}
pub(crate) use saved_by;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_they_were_written() {
        let rows: Vec<(u64, String)> = (0..10_000).map(|n| (n, n.to_string())).collect();
        let mut tables = vec![];
        let mut failure = None;
        let mut saving = Saving {
            all: true,
            fraction: Fraction::ALL,
            slot: "words",
            tables: &mut tables,
            spare: &mut VecDeque::new(),
            failure: &mut failure,
        };
        saving.table("rows", |out| {
            out.rows(-7, rows.iter().map(|(key, value)| (key, value)));
            out.row(3, &1u64, &"x".to_owned());
        });
        saving.table("none", |out| out.rows(0, std::iter::empty::<(&u64, &u64)>()));
        assert_eq!(tables.len(), 1, "a table without rows is left out");
        let row = <(u64, String)>::schema();
        let stored = Stored { name: "rows", row: &row, bytes: &tables[0].2 };
        let mut seen = vec![];
        stored.each(|tag, key: u64, value: String| seen.push((tag, key, value))).unwrap();
        let mut expected: Vec<_> = rows.into_iter().map(|(key, value)| (-7, key, value)).collect();
        expected.push((3, 1, "x".to_owned()));
        assert_eq!(seen, expected);
        let cut = Stored { bytes: &tables[0].2[..tables[0].2.len() - 1], ..stored };
        assert!(cut.each(|_, _: u64, _: String| ()).is_err());
    }
}
