//! A running sum by key, for any number of keys.

use super::{Hashed, How, Outcome, Start, run};
use crate::support::Random;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use streamflow::{Error, Report, Sink, sink, source, stream};

/// Key and value.
pub type Record = (u64, u64);

/// A key and its sum so far: the last row of a key holds.
pub type Row = (u64, u64);

/// Keys are drawn evenly.
pub fn input(count: usize, keys: u64) -> Vec<Record> {
    let mut random = Random(keys);
    (0..count).map(|_| (random.next() % keys, random.next() % 100)).collect()
}

pub fn flow(records: &[Record], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "keyed_sum"]
        source::slice(records)
            -> key_by(|record| record.0)
            -> sum(|record| record.1) as sums
            -> map(|row| (row.key, row.value))
            -> sink
    };
    run!(start, job)
}

/// The sums are told to nobody, so the checksum is only how many keys there are.
pub fn pipeline(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let report = flow(records, &how.into(), sink::discard())?;
    let keys = report.iter().map(|report| report.state[0].1.keys as u64).sum();
    Ok(Outcome::of(keys, report))
}

/// The same with the sums: what is timed adds up right.
pub fn verified(records: &[Record], how: &How<'_>) -> Result<Outcome, Error> {
    let mut latest: HashMap<u64, u64> = HashMap::new();
    let report = flow(records, &how.into(), sink::for_each_batch(|_, rows: Vec<Row>| latest.extend(rows)))?;
    Ok(Outcome::of(checksum(&latest), report))
}

pub fn checksum<S>(sums: &HashMap<u64, u64, S>) -> u64 {
    sums.iter().fold(0, |sum, (key, value)| sum.wrapping_add((*key, *value).hash()))
}

/// A plain map with a fast hasher.
pub fn hand(records: &[Record]) -> HashMap<u64, u64, RandomState> {
    let mut sums = HashMap::default();
    for (key, value) in records {
        *sums.entry(*key).or_insert(0) += value;
    }
    sums
}
