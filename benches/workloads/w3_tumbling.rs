//! W3: count, sum and maximum by key, in windows of a second of event time.

use super::event_time::panes;
use super::{Checksum, Hashed, How, Outcome, Record, Start, row_hash, run};
use streamflow::{Error, Report, Sink, State, Timestamp, source, stream};

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, State)]
pub struct Summary {
    pub count: u64,
    pub sum: f64,
    pub max: f64,
}

impl Default for Summary {
    fn default() -> Self {
        Summary { count: 0, sum: 0.0, max: f64::NEG_INFINITY }
    }
}

impl Summary {
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        // `f64::max` would ask first whether the maximum is NaN, which it never is
        if value > self.max {
            self.max = value;
        }
    }
}

/// Key, begin of the window, and what was there.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Row {
    pub key: u64,
    pub start: Timestamp,
    pub summary: Summary,
}

impl Hashed for Row {
    #[inline]
    fn hash(&self) -> u64 {
        let Summary { count, sum, max } = self.summary;
        row_hash([self.key, self.start.as_micros() as u64, count, sum.to_bits(), max.to_bits()])
    }
}

pub fn flow(records: &[Record], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "w3"]
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(tumbling(1s))
            -> fold(Summary::default(), |summary, record| summary.add(record.value)) as per_second
            -> map(|row| Row { key: row.key, start: row.start, summary: row.value })
            -> sink
    };
    run!(start, job)
}

pub fn pipeline(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let mut checksum = 0;
    let report = flow(records, &how.into(), Checksum(&mut checksum))?;
    Ok(Outcome::of(checksum, report))
}

/// Keys get numbers; a pane is an array by these numbers.
pub fn hand(records: &[Record]) -> u64 {
    let mut checksum = 0u64;
    panes(
        records,
        |summary: &mut Summary, record| summary.add(record.value),
        |second, mut column, keys| {
            let start = Timestamp::from_secs(second);
            for (summary, key) in column.iter_mut().zip(keys) {
                if summary.count > 0 {
                    checksum = checksum.wrapping_add(Row { key: *key, start, summary: *summary }.hash());
                    *summary = Summary::default();
                }
            }
            column
        },
    );
    checksum
}
