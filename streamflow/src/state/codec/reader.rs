//! Where columns are read.

use super::Type;
use std::fmt;

/// Stored bytes that could not be read: damaged, or of a type that does not fit.
///
/// `Display` is one line with the place in the type: "`orders.cents`: the column ends too early".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// From the inside out.
    place: Vec<String>,
    what: String,
}

impl ReadError {
    /// Stored bytes that make no value, in words without a full stop.
    pub fn new(what: impl Into<String>) -> Self {
        ReadError { place: Vec::new(), what: what.into() }
    }

    /// Inside this field, variant or item.
    #[must_use]
    pub fn within(mut self, name: &str) -> Self {
        self.place.push(name.to_owned());
        self
    }

    /// What was stored as one type cannot be read as another.
    #[doc(hidden)]
    pub fn unlike(stored: &Type, wanted: &Type) -> Self {
        ReadError::new(format!("`{stored}` was stored, which cannot be read as `{wanted}`"))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            let names: Vec<&str> = self.place.iter().rev().map(String::as_str).collect();
            write!(f, "`{}`: ", names.join("."))?;
        }
        f.write_str(&self.what)
    }
}

impl std::error::Error for ReadError {}

/// Rows that a block may have at least, however few bytes it has: what has no size, or comes from defaults, needs none.
const ROWS: usize = 4096;

/// Stored bytes, from front to back. Any bytes are answered, by values or by a [`ReadError`]; counts in them are held against
/// the bytes before memory is reserved.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    /// The most rows that anything read from here can have.
    most: usize,
}

impl<'a> Reader<'a> {
    /// At the front of these bytes.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, most: bytes.len().saturating_mul(8).saturating_add(ROWS) }
    }

    /// Bytes that are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.bytes.len()
    }

    /// The next bytes.
    ///
    /// # Errors
    ///
    /// There are not so many.
    pub fn raw(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        let Some((taken, rest)) = self.bytes.split_at_checked(length) else {
            return Err(ReadError::new(format!(
                "the column ends too early: {} of {length} bytes are there",
                self.bytes.len()
            )));
        };
        self.bytes = rest;
        Ok(taken)
    }

    /// The next number of eight bytes.
    ///
    /// # Errors
    ///
    /// There are fewer.
    pub fn number(&mut self) -> Result<u64, ReadError> {
        let bytes = self.fixed::<8>(1)?;
        Ok(bytes.first().map_or(0, |bytes| u64::from_le_bytes(*bytes)))
    }

    /// A column behind its length.
    ///
    /// # Errors
    ///
    /// There are fewer bytes than that.
    pub fn column(&mut self) -> Result<Reader<'a>, ReadError> {
        let length = usize::try_from(self.number()?).unwrap_or(usize::MAX);
        Ok(Reader { bytes: self.raw(length)?, most: self.most })
    }

    /// All has been read.
    ///
    /// # Errors
    ///
    /// Bytes are left: they are not what they were taken for.
    pub fn finish(self) -> Result<(), ReadError> {
        match self.bytes.len() {
            0 => Ok(()),
            left => Err(ReadError::new(format!("{left} bytes are left behind the rows"))),
        }
    }

    /// One value of `N` bytes a row.
    #[inline]
    pub(super) fn fixed<const N: usize>(&mut self, rows: usize) -> Result<&'a [[u8; N]], ReadError> {
        let (values, _) = self.raw(rows.saturating_mul(N))?.as_chunks();
        Ok(values)
    }

    /// Memory for so many rows, if the bytes can mean so many.
    ///
    /// # Errors
    ///
    /// They cannot.
    pub fn reserve<T>(&self, rows: usize) -> Result<Vec<T>, ReadError> {
        if rows > self.most {
            return Err(ReadError::new(format!("{rows} rows are more than these bytes can hold")));
        }
        #[cfg(test)]
        super::tests::reserved(rows.saturating_mul(size_of::<T>()));
        Ok(Vec::with_capacity(rows))
    }

    /// The lengths of rows, and their sum.
    pub(super) fn lengths(&mut self, rows: usize) -> Result<(Vec<usize>, usize), ReadError> {
        let mut lengths: Vec<usize> = self.reserve(rows)?;
        match self.raw(1)? {
            [4] => lengths.extend(self.fixed(rows)?.iter().map(|bytes| u32::from_le_bytes(*bytes) as usize)),
            [8] => lengths.extend(
                self.fixed(rows)?.iter().map(|bytes| usize::try_from(u64::from_le_bytes(*bytes)).unwrap_or(usize::MAX)),
            ),
            _ => return Err(ReadError::new("lengths are neither of 4 nor of 8 bytes")),
        }
        let sum = lengths.iter().fold(0usize, |sum, length| sum.saturating_add(*length));
        if sum > self.most {
            return Err(ReadError::new(format!("{sum} items are more than these bytes can hold")));
        }
        Ok((lengths, sum))
    }

    /// A bit a row.
    pub(super) fn bits(&mut self, rows: usize) -> Result<impl Iterator<Item = bool> + Clone + use<'a>, ReadError> {
        let bytes = self.raw(rows.div_ceil(8))?;
        Ok((0..rows).map(move |row| bytes[row / 8] >> (row % 8) & 1 == 1))
    }

    /// What makes rows without a size countable.
    pub(super) fn ballast(&mut self, item: &Type, rows: usize) -> Result<(), ReadError> {
        if item.is_empty() {
            self.raw(rows.div_ceil(8))?;
        }
        Ok(())
    }

    /// Without bytes; for what was not stored.
    pub(super) const fn nothing(&self) -> Reader<'a> {
        Reader { bytes: &[], most: self.most }
    }
}
