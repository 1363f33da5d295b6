//! The hash of keys: seeded, and the same for borrowed and owned forms.

/// Folds a 128-bit product into 64 bits: one multiplication, all input bits reach all output bits
/// (the mixing step of wyhash and foldhash).
#[inline(always)]
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let product = u128::from(a ^ 0x9e37_79b9_7f4a_7c15) * u128::from(b ^ 0xe703_7ed1_a0b4_28db);
    (product as u64) ^ (product >> 64) as u64
}

pub(crate) fn mix_bytes(bytes: &[u8], seed: u64) -> u64 {
    let mut words = bytes.chunks_exact(8);
    let hash = words.by_ref().fold(mix(seed, bytes.len() as u64), |hash, word| {
        let mut block = [0; 8];
        block.copy_from_slice(word);
        mix(hash ^ u64::from_le_bytes(block), seed.rotate_left(17))
    });
    let mut last = [0; 8];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    mix(hash ^ u64::from_le_bytes(last), seed.rotate_left(41))
}
