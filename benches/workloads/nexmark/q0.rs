//! q0: all bids as they are. What the engine itself costs.

use super::{Bid, Event};
use crate::workloads::{Hashed, Start, run};
use streamflow::{Error, Report, Sink, Timestamp, source, stream};

/// Auction, bidder, price, time.
pub type Row = (u64, u64, u64, Timestamp);

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q0"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> map(row)
            -> sink
    };
    run!(start, job)
}

fn row(bid: &Bid) -> Row {
    (bid.auction, bid.bidder, bid.price, bid.time)
}

pub fn hand(events: &[Event]) -> u64 {
    let bids = events.iter().filter_map(Event::bid);
    bids.fold(0, |sum, bid| sum.wrapping_add(row(bid).hash()))
}
