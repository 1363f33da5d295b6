//! What the windows read: measurements with a time, out of order by up to a second.

use crate::support::Random;

/// How many keys there are.
const KEYS: u64 = 10_000;
/// How far a record may lie behind one that came before it.
pub const DISORDER_MILLIS: i64 = 1_000;

#[derive(Clone, Copy)]
pub struct Record {
    pub key: u64,
    /// A whole number, so that sums are exact in whatever order they are made.
    pub value: f64,
    pub millis: i64,
}

/// Measurements of [`KEYS`] keys.
pub fn records(count: usize) -> Vec<Record> {
    records_of(count, KEYS)
}

/// A hundred records a millisecond. Keys are drawn evenly, and spread over all of `u64`: they are no places of an array.
pub fn records_of(count: usize, keys: u64) -> Vec<Record> {
    let mut random = Random(1);
    let each = |index: usize| Record {
        key: (random.next() % keys).wrapping_mul(0x9e37_79b9_7f4a_7c15),
        value: (random.next() % 1_000) as f64,
        millis: (index as i64) / 100 + (random.next() % DISORDER_MILLIS as u64) as i64,
    };
    (0..count).map(each).collect()
}
