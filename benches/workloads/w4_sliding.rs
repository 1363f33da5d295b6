//! W4: the sum by key, in windows of ten seconds that begin every second.

use super::event_time::{Column, panes};
use super::{Checksum, Hashed, How, Outcome, Record, Start, run};
use std::collections::VecDeque;
use streamflow::{Error, Report, Sink, Timestamp, source, stream};

/// Panes a window.
const PANES: i64 = 10;

/// Key, begin of the window, sum.
pub type Row = (u64, Timestamp, f64);

pub fn flow(records: &[Record], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "w4"]
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(sliding(10s, every = 1s))
            -> sum(|record| record.value) as per_ten_seconds
            -> map(|row| (row.key, row.start, row.value))
            -> sink
    };
    run!(start, job)
}

pub fn pipeline(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let mut checksum = 0;
    let report = flow(records, &how.into(), Checksum(&mut checksum))?;
    Ok(Outcome::of(checksum, report))
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
        let start = Timestamp::from_secs(start);
        let rows = self.total.iter().zip(keys).filter(|(total, _)| total.1);
        rows.fold(0, |sum, (total, key)| sum.wrapping_add((*key, start, total.0).hash()))
    }
}
