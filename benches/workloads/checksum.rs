//! A sum over rows in which their order does not show, and the sink that makes it.

use streamflow::{BatchInfo, Error, Sink, Timestamp};

/// What a row adds to the checksum of all rows.
#[inline]
pub fn row_hash<const N: usize>(parts: [u64; N]) -> u64 {
    const ODD: [u64; 6] = [
        0x9e37_79b9_7f4a_7c15,
        0xbf58_476d_1ce4_e5b9,
        0x94d0_49bb_1331_11eb,
        0xd6e8_feb8_6659_fd93,
        0xa076_1d64_78bd_642f,
        0xe703_7ed1_a0b4_28db,
    ];
    const { assert!(N <= ODD.len()) };
    let mut mixed = 0;
    for (part, odd) in parts.into_iter().zip(ODD) {
        // the high bits of a float lie where a product cannot bring them down
        mixed ^= part.rotate_left(32).wrapping_mul(odd);
    }
    (mixed ^ (mixed >> 32)).wrapping_mul(ODD[0])
}

/// The same of a text, for rows that have one.
pub fn text_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// A row that can be part of a checksum.
pub trait Hashed {
    fn hash(&self) -> u64;
}

/// A row that has been hashed.
impl Hashed for u64 {
    #[inline]
    fn hash(&self) -> u64 {
        *self
    }
}

/// What a row is made of.
pub trait Part {
    fn bits(&self) -> u64;
}

impl Part for u64 {
    #[inline]
    fn bits(&self) -> u64 {
        *self
    }
}

impl Part for f64 {
    #[inline]
    fn bits(&self) -> u64 {
        self.to_bits()
    }
}

impl Part for Timestamp {
    #[inline]
    fn bits(&self) -> u64 {
        self.as_micros() as u64
    }
}

impl Part for String {
    fn bits(&self) -> u64 {
        text_hash(self)
    }
}

macro_rules! hashed_tuples {
    ($($name:ident)*) => {
        impl<$($name: Part),*> Hashed for ($($name,)*) {
            #[inline]
            #[allow(non_snake_case)]
            fn hash(&self) -> u64 {
                let ($($name,)*) = self;
                row_hash([$($name.bits()),*])
            }
        }
    };
}
hashed_tuples!(A B);
hashed_tuples!(A B C);
hashed_tuples!(A B C D);

/// Adds the hashes of all results up, each task for itself: the cheapest sink that sees every row.
pub struct Checksum<'c>(pub &'c mut u64);

impl<R: Hashed> Sink<R> for Checksum<'_> {
    type Part = u64;

    fn name(&self) -> String {
        "a checksum".to_owned()
    }

    fn part(&self) -> u64 {
        0
    }

    fn push(part: &mut u64, row: R) {
        *part = part.wrapping_add(row.hash());
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<u64>) -> Result<(), Error> {
        *self.0 = parts.into_iter().fold(*self.0, u64::wrapping_add);
        Ok(())
    }
}
