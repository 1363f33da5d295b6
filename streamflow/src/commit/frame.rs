//! A frame: a body between a checked head and a checksum, chained to the frame before it.
//!
//! ```text
//! magic u32 | kind u16 | flags u16 | generation u64 | epoch u64 | previous u64 | length u64 | xxh3 of the head u64
//! body
//! xxh3 of the body, seeded with that of the head u64
//! ```
//!
//! `previous` is the last checksum of the frame before, or that of the file's header. So a frame that is dropped, moved or repeated
//! is seen. The head has a checksum of its own, so a length is checked before it is believed; it is seeded with the incarnation, so
//! bytes of another checkpoint that happen to be somebody's data are never taken for a frame of this one.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::bytes::{Decoder, Encode};
use super::mutant::mutant;

const MAGIC: u32 = u32::from_le_bytes(*b"SFfr");
pub(crate) const HEAD: usize = 48;
/// What a frame takes besides its body.
pub(crate) const OVERHEAD: usize = HEAD + 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum FrameKind {
    Commit = 1,
    Section = 2,
    Trailer = 3,
    Manifest = 4,
    Blocks = 5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub kind: FrameKind,
    pub generation: u64,
    pub epoch: u64,
    pub previous: u64,
    pub length: u64,
    pub checksum: u64,
}

/// What a new frame says of itself besides its body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub kind: FrameKind,
    pub incarnation: u64,
    pub generation: u64,
    pub epoch: u64,
}

/// Appends a frame whose body is written by `body`; gives its checksum, which is what the next one is chained to.
pub(crate) fn write(out: &mut Vec<u8>, label: Label, previous: u64, body: impl FnOnce(&mut Vec<u8>)) -> u64 {
    let from = out.len();
    out.resize(from + HEAD, 0);
    body(out);
    let length = (out.len() - from - HEAD) as u64;
    let head = &mut out[from..from + HEAD];
    head[0..4].copy_from_slice(&MAGIC.to_le_bytes());
    head[4..6].copy_from_slice(&(label.kind as u16).to_le_bytes());
    // bytes 6 and 7 are flags: none is defined in this format
    head[8..16].copy_from_slice(&label.generation.to_le_bytes());
    head[16..24].copy_from_slice(&label.epoch.to_le_bytes());
    head[24..32].copy_from_slice(&previous.to_le_bytes());
    head[32..40].copy_from_slice(&length.to_le_bytes());
    let of_head = xxh3_64_with_seed(&head[..40], label.incarnation);
    head[40..48].copy_from_slice(&of_head.to_le_bytes());
    let checksum = xxh3_64_with_seed(&out[from + HEAD..], of_head);
    out.put_u64(checksum);
    checksum
}

impl Head {
    /// `None` unless these bytes are the head of a frame of this incarnation.
    pub fn decode(bytes: &[u8], incarnation: u64) -> Option<Head> {
        let bytes = bytes.get(..HEAD)?;
        let mut decoder = Decoder::new(bytes);
        let magic = decoder.u32()?;
        let kind = decoder.u16()?;
        let flags = decoder.u16()?;
        let (generation, epoch, previous, length) = (decoder.u64()?, decoder.u64()?, decoder.u64()?, decoder.u64()?);
        let checksum = decoder.u64()?;
        let right = checksum == xxh3_64_with_seed(&bytes[..40], incarnation) || mutant!(NoHeadChecksum);
        if magic != MAGIC || flags != 0 || !right {
            return None;
        }
        let kind = match kind {
            1 => FrameKind::Commit,
            2 => FrameKind::Section,
            3 => FrameKind::Trailer,
            4 => FrameKind::Manifest,
            5 => FrameKind::Blocks,
            _ => return None,
        };
        Some(Head { kind, generation, epoch, previous, length, checksum })
    }

    /// Whether this is the body; gives the checksum of the frame.
    pub fn check(&self, body: &[u8], checksum: u64) -> bool {
        checksum == xxh3_64_with_seed(body, self.checksum) || mutant!(NoBodyChecksum)
    }
}

pub(crate) fn starts(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memmem::find_iter(bytes, b"SFfr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_another_incarnation_is_none() {
        let mut out = Vec::new();
        let label = Label { kind: FrameKind::Blocks, incarnation: 5, generation: 1, epoch: 2 };
        let checksum = write(&mut out, label, 77, |body| body.extend_from_slice(b"abc"));
        let head = Head::decode(&out, 5).unwrap();
        assert_eq!(
            (head.kind, head.generation, head.epoch, head.previous, head.length),
            (FrameKind::Blocks, 1, 2, 77, 3)
        );
        assert!(head.check(b"abc", checksum) && !head.check(b"abd", checksum));
        assert_eq!(Head::decode(&out, 6), None);
    }
}
