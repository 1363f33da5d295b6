//! q1 and q2: each bid alone.

use super::events;
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::Event;
use timely::dataflow::operators::vec::{Filter, Map};

pub fn q1(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let bids = events(scope, input, index, threads).flat_map(Event::bid);
        add_up(bids.map(|bid| (bid.auction, bid.bidder, bid.price * 908 / 1_000, bid.time)), total);
    })
}

pub fn q2(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let bids = events(scope, input, index, threads).flat_map(Event::bid);
        add_up(bids.filter(|bid| bid.auction % 123 == 0).map(|bid| (bid.auction, bid.price)), total);
    })
}
