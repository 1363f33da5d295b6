//! Files of a checkpoint with checksums that are right whatever their bytes say.
//!
//! Any change of a file is stopped by a checksum. What stands behind it is only tried if the checksums are made again, as somebody
//! would who writes such a file by another program. Written from the table of `streamflow/src/commit/README.md` and not from the code.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub const HEADER: usize = 40;
const HEAD: usize = 48;

/// What a header says of its file.
#[derive(Clone, Copy)]
pub struct Label {
    pub kind: u16,
    pub incarnation: u64,
    pub generation: u64,
    /// As the bytes say, where there is none.
    pub epoch: Option<u64>,
}

/// The number of eight bytes at this place; 0 where there are fewer.
pub fn number(bytes: &[u8], at: usize) -> u64 {
    let found = bytes.get(at..).and_then(|rest| rest.first_chunk());
    found.map_or(0, |found| u64::from_le_bytes(*found))
}

fn put(bytes: &mut [u8], at: usize, number: u64) {
    bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
}

/// The file with its header and the checksums of all its frames as they have to be; gives the last checksum. A length that is a lie stays one,
/// under a right checksum of its head; nothing behind it is changed.
pub fn seal(bytes: &mut Vec<u8>, label: Label) -> u64 {
    let length = bytes.len().max(HEADER);
    bytes.resize(length, 0);
    bytes[..4].copy_from_slice(b"SFCK");
    bytes[4..6].copy_from_slice(&1u16.to_le_bytes());
    bytes[6..8].copy_from_slice(&label.kind.to_le_bytes());
    put(bytes, 8, label.incarnation);
    put(bytes, 16, label.generation);
    let epoch = label.epoch.unwrap_or_else(|| number(bytes, 24));
    put(bytes, 24, epoch);
    let mut chain = xxh3_64(&bytes[..HEADER - 8]);
    put(bytes, HEADER - 8, chain);
    let mut at = HEADER;
    while at + HEAD <= bytes.len() {
        bytes[at..at + 4].copy_from_slice(b"SFfr");
        // no flags
        bytes[at + 6..at + 8].fill(0);
        put(bytes, at + 24, chain);
        let head = xxh3_64_with_seed(&bytes[at..at + 40], label.incarnation);
        put(bytes, at + 40, head);
        let body = at + HEAD;
        let end = usize::try_from(number(bytes, at + 32)).ok().and_then(|length| body.checked_add(length));
        let Some(end) = end.filter(|end| end.checked_add(8).is_some_and(|end| end <= bytes.len())) else { break };
        chain = xxh3_64_with_seed(&bytes[body..end], head);
        put(bytes, end, chain);
        at = end + 8;
    }
    chain
}

/// The manifest, which names its snapshot with this length and checksum from now on.
pub fn name_snapshot(manifest: &mut Vec<u8>, label: Label, length: u64, checksum: u64) {
    let done = HEADER + HEAD + 16;
    let snapshot = done + 8 + 8 * number(manifest, done) as usize;
    assert_eq!(number(manifest, snapshot), 1, "a manifest that names a snapshot");
    put(manifest, snapshot + 32, length);
    put(manifest, snapshot + 40, checksum);
    seal(manifest, label);
}
