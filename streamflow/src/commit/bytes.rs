//! Little-endian numbers and counted bytes, read without ever trusting a length.

/// Reads from bytes that may be anything. `None` where they end too early; nothing is allocated by what a length claims.
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { rest: bytes }
    }

    pub fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    /// Bytes behind their length.
    pub fn counted(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u64()?).ok()?;
        self.bytes(length)
    }

    pub fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.counted()?).ok().map(str::to_string)
    }

    /// So many things, each of which takes at least `least` bytes: more than could be there are refused before memory is reserved.
    pub fn list<T>(&mut self, least: usize, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::try_from(self.u64()?).ok()?;
        if count > self.rest.len() / least {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The other direction, onto the end of a buffer.
pub(crate) trait Encode {
    fn put_u64(&mut self, number: u64);
    fn put_counted(&mut self, bytes: &[u8]);
}

impl Encode for Vec<u8> {
    fn put_u64(&mut self, number: u64) {
        self.extend_from_slice(&number.to_le_bytes());
    }

    fn put_counted(&mut self, bytes: &[u8]) {
        self.put_u64(bytes.len() as u64);
        self.extend_from_slice(bytes);
    }
}
