//! q2: the bids for some auctions, one of 123.

use super::Event;
use crate::workloads::{Hashed, Start, run};
use streamflow::{Error, Report, Sink, source, stream};

/// Auction, price.
pub type Row = (u64, u64);

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q2"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> filter(|bid| bid.auction % 123 == 0)
            -> map(|bid| (bid.auction, bid.price))
            -> sink
    };
    run!(start, job)
}

pub fn hand(events: &[Event]) -> u64 {
    let bids = events.iter().filter_map(Event::bid).filter(|bid| bid.auction.is_multiple_of(123));
    bids.fold(0, |sum, bid| sum.wrapping_add((bid.auction, bid.price).hash()))
}
