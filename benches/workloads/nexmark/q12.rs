//! q12: how many bids does somebody make in ten seconds by the clock of the machine?
//!
//! Which bids fall into one window depends on how fast they are read. The checksum adds the counts of a bidder up.

use super::Event;
use super::panes::STEP;
use crate::workloads::{Hashed, Start, row_hash, run};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use streamflow::{Error, Report, Sink, source, stream};

/// Bidder and bids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row(pub u64, pub u64);

impl Hashed for Row {
    fn hash(&self) -> u64 {
        row_hash([self.0]).wrapping_mul(self.1)
    }
}

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q12"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> key_by(|bid| bid.bidder)
            -> window(tumbling(10s, clock = processing))
            -> count() as bids
            -> map(|row| Row(row.key, row.value))
            -> sink
    };
    run!(start, job)
}

pub fn hand(events: &[Event]) -> u64 {
    let mut counts: HashMap<u64, u64, RandomState> = HashMap::default();
    let mut checksum = 0u64;
    let mut until = Instant::now() + Duration::from_secs(10);
    for step in events.chunks(STEP) {
        if Instant::now() >= until {
            until += Duration::from_secs(10);
            checksum = counts.drain().fold(checksum, |sum, (bidder, bids)| sum.wrapping_add(Row(bidder, bids).hash()));
        }
        for bid in step.iter().filter_map(Event::bid) {
            *counts.entry(bid.bidder).or_default() += 1;
        }
    }
    counts.into_iter().fold(checksum, |sum, (bidder, bids)| sum.wrapping_add(Row(bidder, bids).hash()))
}
