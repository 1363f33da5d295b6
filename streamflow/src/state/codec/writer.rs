//! Where columns are written.

use super::Type;

/// Bytes that grow by columns.
///
/// ```
/// use streamflow::State;
/// use streamflow::codec::{Reader, Writer};
///
/// let rows = [(1u64, "a".to_owned()), (2, "b".to_owned())];
/// let mut out = Writer::new();
/// State::write(&rows.iter().collect::<Vec<_>>(), &mut out);
/// let bytes = out.into_bytes();
///
/// let stored = <(u64, String)>::schema();
/// assert_eq!(<(u64, String)>::read(&stored, 2, &mut Reader::new(&bytes)).unwrap(), rows);
/// ```
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    failure: Option<String>,
}

impl Writer {
    /// Without bytes.
    #[must_use]
    pub const fn new() -> Self {
        Writer { bytes: Vec::new(), failure: None }
    }

    /// Behind these bytes, whose memory is used on.
    #[must_use]
    pub const fn after(bytes: Vec<u8>) -> Self {
        Writer { bytes, failure: None }
    }

    /// What has been written.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What has been written, given away.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// A value could not be written: the bytes are of no use. The first reason is kept.
    pub fn fail(&mut self, reason: String) {
        self.failure.get_or_insert(reason);
    }

    /// Why the bytes are of no use, if they are not. Only values that are stored by serde can fail.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Adds bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds a number in eight bytes.
    pub fn number(&mut self, number: u64) {
        self.raw(&number.to_le_bytes());
    }

    /// Adds one value of `N` bytes a row.
    #[inline]
    pub(super) fn fixed<const N: usize>(&mut self, values: impl ExactSizeIterator<Item = [u8; N]>) {
        let start = self.bytes.len();
        self.bytes.resize(start + values.len() * N, 0);
        for (place, value) in self.bytes[start..].chunks_exact_mut(N).zip(values) {
            place.copy_from_slice(&value);
        }
    }

    /// Adds a column behind its length, so that whoever does not know it can step over it.
    pub fn column(&mut self, write: impl FnOnce(&mut Writer)) {
        let start = self.bytes.len();
        self.number(0);
        write(self);
        let length = (self.bytes.len() - start - 8) as u64;
        self.bytes[start..start + 8].copy_from_slice(&length.to_le_bytes());
    }

    /// Adds the lengths of rows: in four bytes each, or in eight if one is that long.
    pub(super) fn lengths(&mut self, lengths: impl ExactSizeIterator<Item = usize> + Clone) {
        let narrow = lengths.clone().all(|length| u32::try_from(length).is_ok());
        self.raw(&[if narrow { 4 } else { 8 }]);
        if narrow {
            self.fixed(lengths.map(|length| (length as u32).to_le_bytes()));
        } else {
            self.fixed(lengths.map(|length| (length as u64).to_le_bytes()));
        }
    }

    /// Adds a bit a row.
    pub(super) fn bits(&mut self, bits: impl ExactSizeIterator<Item = bool>) {
        let start = self.bytes.len();
        self.bytes.resize(start + bits.len().div_ceil(8), 0);
        for (row, bit) in bits.enumerate() {
            self.bytes[start + row / 8] |= u8::from(bit) << (row % 8);
        }
    }

    /// Adds what makes rows without a size countable: a bit each. No count in the data can then ask for more rows than eight
    /// a byte.
    pub(super) fn ballast(&mut self, item: &Type, rows: usize) {
        if item.is_empty() {
            self.bytes.resize(self.bytes.len() + rows.div_ceil(8), 0);
        }
    }

    /// Adds the numbers of variants: a byte each, or two where there are many.
    #[doc(hidden)]
    pub fn variants<R>(&mut self, variants: usize, rows: &[R], number: impl Fn(&R) -> usize) {
        if variants <= 1 << 8 {
            self.fixed(rows.iter().map(|row| (number(row) as u8).to_le_bytes()));
        } else {
            self.fixed(rows.iter().map(|row| (number(row) as u16).to_le_bytes()));
        }
    }
}
