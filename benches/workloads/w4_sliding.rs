//! W4: the sum by key, in windows of ten seconds that begin every second.

use super::event_time::{Column, panes};
use super::{Checksum, How, Outcome, Record, row_hash, run};
use std::collections::VecDeque;
use streamflow::{Error, Timestamp, source, stream};

/// Panes a window.
const PANES: i64 = 10;

pub fn pipeline(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let mut checksum = 0u64;
    let job = stream! {
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(sliding(10s, every = 1s))
            -> sum(|record| record.value) as per_ten_seconds
            -> map(|row| row_hash([row.key, row.start.as_millis() as u64, row.value.to_bits()]))
            -> Checksum(&mut checksum)
    };
    let report = run!(how, job)?;
    Ok(Outcome { checksum, report })
}

/// The sum, and whether there was any record.
type Pane = (f64, bool);

/// A record is added to its pane; a window adds up its panes, column by column. Taking out the pane that leaves would be faster still, but gives
/// another sum where floats are not whole numbers.
pub fn hand(records: &[Record]) -> u64 {
    let mut checksum = 0u64;
    let mut windows = Windows::default();
    let mut last = None;
    let keys = panes(
        records,
        |pane: &mut Pane, record| *pane = (pane.0 + record.value, true),
        |second, column, keys| {
            last = Some(second);
            let free = windows.push(column);
            checksum = checksum.wrapping_add(windows.checksum(second + 1 - PANES, keys));
            free
        },
    );
    // windows that are open at the end
    for start in last.into_iter().flat_map(|last| last + 2 - PANES..=last) {
        windows.push(Vec::new());
        checksum = checksum.wrapping_add(windows.checksum(start, &keys));
    }
    checksum
}

/// The panes of the newest window.
#[derive(Default)]
struct Windows {
    panes: VecDeque<Column<Pane>>,
    total: Column<Pane>,
}

impl Windows {
    /// Takes a pane in, and gives the one that leaves to be used again.
    fn push(&mut self, pane: Column<Pane>) -> Column<Pane> {
        self.panes.push_back(pane);
        if self.panes.len() <= PANES as usize {
            return Vec::new();
        }
        let mut free = self.panes.pop_front().unwrap_or_default();
        free.fill(Pane::default());
        free
    }

    fn checksum(&mut self, start: i64, keys: &[u64]) -> u64 {
        self.total.clear();
        self.total.resize(keys.len(), Pane::default());
        for pane in &self.panes {
            for (total, pane) in self.total.iter_mut().zip(pane) {
                *total = (total.0 + pane.0, total.1 | pane.1);
            }
        }
        let rows = self.total.iter().zip(keys).filter(|(total, _)| total.1);
        rows.fold(0, |sum, (total, key)| sum.wrapping_add(row_hash([*key, (start * 1_000) as u64, total.0.to_bits()])))
    }
}
