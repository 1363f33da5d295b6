//! Inputs made of others: what a fuzzer does, but the same ones in every run.

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to one less than the limit; 0 where that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// Numbers at which lengths, counts and epochs go wrong.
const EXTREMES: [u64; 14] =
    [0, 1, 2, 127, 255, 4_096, 65_535, 1 << 31, (1 << 32) - 1, 1 << 32, 1 << 40, i64::MAX as u64, 1 << 63, u64::MAX];

/// An input of the corpus, changed in one to four places. No longer than `longest`.
pub fn mutated(corpus: &[Vec<u8>], longest: usize, random: &mut Random) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    for _ in 0..1 + random.below(4) {
        change(&mut bytes, corpus, random);
    }
    bytes.truncate(longest);
    bytes
}

fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(9) {
        0 if !bytes.is_empty() => bytes[at] ^= 1 << random.below(8),
        1 if !bytes.is_empty() => bytes[at] = random.next() as u8,
        2 => bytes.truncate(at),
        // a number of 8, 4 or 2 bytes, wherever it may stand
        3 | 4 => {
            let near = EXTREMES[random.below(EXTREMES.len())].wrapping_add(random.below(3) as u64).wrapping_sub(1);
            let number = if random.below(4) == 0 { bytes.len() as u64 - at as u64 } else { near };
            let width = [8, 8, 4, 2][random.below(4)];
            let end = bytes.len().min(at + width);
            bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
        }
        5 => {
            let end = at + random.below(bytes.len() - at + 1).min(64);
            bytes.drain(at..end);
        }
        6 => {
            let again = bytes[at..at + random.below(bytes.len() - at + 1).min(256)].to_vec();
            bytes.splice(at..at, again);
        }
        7 => {
            let other = &corpus[random.below(corpus.len())];
            let from = random.below(other.len());
            let until = from + random.below(other.len() - from + 1);
            let end = if random.below(2) == 0 { bytes.len() } else { at };
            bytes.splice(at..end, other[from..until].iter().copied());
        }
        _ => {
            let some: Vec<u8> = (0..1 + random.below(12)).map(|_| random.next() as u8).collect();
            bytes.splice(at..at, some);
        }
    }
}
