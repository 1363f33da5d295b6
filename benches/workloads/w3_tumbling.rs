//! W3: count, sum and maximum by key, in windows of a second of event time.

use super::event_time::panes;
use super::{Checksum, How, Outcome, Record, row_hash, run};
use streamflow::{Error, State, Timestamp, source, stream};

#[derive(Clone, Copy, State)]
pub struct Summary {
    pub count: u64,
    sum: f64,
    max: f64,
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
        self.max = self.max.max(value);
    }

    #[inline]
    pub fn hash(&self, key: u64, start_millis: i64) -> u64 {
        row_hash([key, start_millis as u64, self.count, self.sum.to_bits(), self.max.to_bits()])
    }
}

pub fn pipeline(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let mut checksum = 0u64;
    let job = stream! {
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(tumbling(1s))
            -> fold(Summary::default(), |summary, record| summary.add(record.value)) as per_second
            -> map(|row| row.value.hash(row.key, row.start.as_millis()))
            -> Checksum(&mut checksum)
    };
    let report = run!(how, job)?;
    Ok(Outcome { checksum, report })
}

/// Keys get numbers; a pane is an array by these numbers.
pub fn hand(records: &[Record]) -> u64 {
    let mut checksum = 0u64;
    panes(
        records,
        |summary: &mut Summary, record| summary.add(record.value),
        |pane, mut column, keys| {
            for (summary, key) in column.iter_mut().zip(keys) {
                if summary.count > 0 {
                    checksum = checksum.wrapping_add(summary.hash(*key, pane * 1_000));
                    *summary = Summary::default();
                }
            }
            column
        },
    );
    checksum
}
