//! Is each row right, where an engine leaves some out?

use crate::workloads::w3_tumbling::{self, Summary};
use crate::workloads::{Hashed, Record};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use streamflow::Timestamp;

/// What the results of an engine come to.
#[derive(Clone, Copy, Debug)]
pub struct Verified {
    /// Of all rows that there should be, in whatever order they came.
    pub checksum: u64,
    /// How many there should be; 0 if that was not asked.
    pub rows: u64,
    /// How many of them the engine does not show.
    pub missing: u64,
}

impl Verified {
    /// All rows are there if the checksum says so.
    pub fn all(checksum: u64) -> Self {
        Verified { checksum, rows: 0, missing: 0 }
    }

    /// Rows may be missing; each that is there must be as it should.
    pub fn rows(shown: Vec<Row>, mut expected: HashMap<(u64, u64), u64>) -> Result<Self, String> {
        let rows = expected.len() as u64;
        let checksum = expected.values().fold(0u64, |sum, hash| sum.wrapping_add(*hash));
        for row in shown {
            match expected.entry((row.key, row.window)) {
                Entry::Occupied(known) if *known.get() == row.hash => drop(known.remove()),
                Entry::Occupied(_) => return Err(format!("{row:?} should be another")),
                Entry::Vacant(_) => return Err(format!("{row:?} should not be there, or not twice")),
            }
        }
        Ok(Verified { checksum, rows, missing: expected.len() as u64 })
    }
}

/// A row of a window.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub struct Row {
    pub key: u64,
    /// When it begins.
    pub window: u64,
    /// Of all that the row says.
    pub hash: u64,
}

/// The rows of W3, computed as plainly as can be.
pub fn tumbling(records: &[Record]) -> HashMap<(u64, u64), u64> {
    let mut summaries: HashMap<(u64, i64), Summary> = HashMap::new();
    for record in records {
        summaries.entry((record.key, record.millis.div_euclid(1_000) * 1_000)).or_default().add(record.value);
    }
    let row = |key, start, summary| w3_tumbling::Row { key, start: Timestamp::from_millis(start), summary };
    let rows =
        summaries.iter().map(|((key, start), summary)| ((*key, *start as u64), row(*key, *start, *summary).hash()));
    rows.collect()
}

/// The rows of W4, computed as plainly as can be.
pub fn sliding(records: &[Record]) -> HashMap<(u64, u64), u64> {
    let mut sums: HashMap<(u64, i64), f64> = HashMap::new();
    for record in records {
        let last = record.millis.div_euclid(1_000);
        for start in last - 9..=last {
            *sums.entry((record.key, start * 1_000)).or_default() += record.value;
        }
    }
    let row = |key, start, sum| (key, Timestamp::from_millis(start), sum);
    let rows = sums.iter().map(|((key, start), sum)| ((*key, *start as u64), row(*key, *start, *sum).hash()));
    rows.collect()
}
