//! The first 40 bytes of every file: what it is, and whose.

use xxhash_rust::xxh3::xxh3_64;

use super::bytes::{Decoder, Encode};

const MAGIC: u32 = u32::from_le_bytes(*b"SFCK");
/// The format that this version writes, and the highest that it reads.
pub(crate) const FORMAT: u16 = 1;
pub(crate) const HEADER: u64 = 40;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum FileKind {
    Manifest = 1,
    Snapshot = 2,
    Log = 3,
    Receiver = 4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub kind: FileKind,
    /// A random number of the directory: epochs of one that was begun anew are not taken for those of the old one.
    pub incarnation: u64,
    pub generation: u64,
    /// Log: the epoch before its first record. Snapshot: the epoch from which on the log is replayed over it.
    pub epoch: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderFault {
    /// Fewer bytes than a header has.
    Short,
    Damaged,
    /// Whole, but of a later format.
    Format(u16),
}

impl Header {
    pub fn encode(&self, out: &mut Vec<u8>) -> u64 {
        let from = out.len();
        out.extend_from_slice(&MAGIC.to_le_bytes());
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&(self.kind as u16).to_le_bytes());
        out.put_u64(self.incarnation);
        out.put_u64(self.generation);
        out.put_u64(self.epoch);
        let checksum = xxh3_64(&out[from..]);
        out.put_u64(checksum);
        checksum
    }

    /// The header, and its checksum, with which the chain of the file begins.
    pub fn decode(bytes: &[u8]) -> Result<(Header, u64), HeaderFault> {
        let bytes = bytes.get(..HEADER as usize).ok_or(HeaderFault::Short)?;
        Self::fields(bytes).ok_or(HeaderFault::Damaged)?
    }

    fn fields(bytes: &[u8]) -> Option<Result<(Header, u64), HeaderFault>> {
        let mut decoder = Decoder::new(bytes);
        let magic = decoder.u32()?;
        let format = decoder.u16()?;
        let kind = decoder.u16()?;
        let (incarnation, generation, epoch) = (decoder.u64()?, decoder.u64()?, decoder.u64()?);
        let checksum = decoder.u64()?;
        if magic != MAGIC || checksum != xxh3_64(&bytes[..HEADER as usize - 8]) {
            return None;
        }
        if format != FORMAT {
            return Some(Err(HeaderFault::Format(format)));
        }
        let kind = match kind {
            1 => FileKind::Manifest,
            2 => FileKind::Snapshot,
            3 => FileKind::Log,
            4 => FileKind::Receiver,
            _ => return None,
        };
        Some(Ok((Header { kind, incarnation, generation, epoch }, checksum)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_bit_of_a_header_is_seen() {
        let header = Header { kind: FileKind::Log, incarnation: 0xfeed, generation: 3, epoch: 17 };
        let mut bytes = Vec::new();
        let checksum = header.encode(&mut bytes);
        assert_eq!(bytes.len() as u64, HEADER);
        assert_eq!(Header::decode(&bytes), Ok((header, checksum)));
        assert_eq!(Header::decode(&bytes[..39]), Err(HeaderFault::Short));
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&bytes), Err(HeaderFault::Damaged), "bit {bit}");
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }

    #[test]
    fn a_later_format_is_told_from_damage() {
        let mut bytes = Vec::new();
        Header { kind: FileKind::Log, incarnation: 1, generation: 1, epoch: 1 }.encode(&mut bytes);
        bytes[4] = 9;
        let checksum = xxh3_64(&bytes[..32]);
        bytes[32..].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(Header::decode(&bytes), Err(HeaderFault::Format(9)));
    }
}
