//! q4: what is an item of each category sold for, on average? The highest bid between the beginning of an auction and its end counts.
//!
//! Flink SQL changes its averages with every bid. Here, as in Beam, an auction counts when it has ended: a timer in event time. A bid may come before its
//! auction, and may be for one that begins later.

use super::Event;
use crate::workloads::{Hashed, Start, run};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use streamflow::{Error, Report, Sink, State, Timestamp, source, stream};

/// Category and average: the last row of a category holds.
pub type Row = (u64, f64);

/// What concerns one auction.
enum Side {
    Opened { auction: u64, lot: Lot },
    Bid { auction: u64, bid: Offer },
}

#[derive(Clone, Copy, Debug, State)]
struct Lot {
    category: u64,
    from: Timestamp,
    until: Timestamp,
}

#[derive(Clone, Copy, Debug, State)]
struct Offer {
    price: u64,
    time: Timestamp,
}

impl Side {
    fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Auction(auction) => {
                let lot = Lot { category: auction.category, from: auction.time, until: auction.expires };
                Some(Side::Opened { auction: auction.id, lot })
            }
            Event::Bid(bid) => {
                Some(Side::Bid { auction: bid.auction, bid: Offer { price: bid.price, time: bid.time } })
            }
            Event::Person(_) => None,
        }
    }

    fn auction(&self) -> u64 {
        match self {
            Side::Opened { auction, .. } | Side::Bid { auction, .. } => *auction,
        }
    }
}

#[derive(Clone, Debug, Default, State)]
struct Known {
    lot: Option<Lot>,
    best: Option<u64>,
    /// Bids that came before their auction.
    waiting: Vec<Offer>,
}

impl Known {
    fn bid(&mut self, bid: Offer) {
        match &self.lot {
            Some(lot) if bid.time >= lot.from && bid.time <= lot.until => self.best = self.best.max(Some(bid.price)),
            Some(_) => {}
            None => self.waiting.push(bid),
        }
    }

    fn open(&mut self, lot: Lot) {
        self.lot = Some(lot);
        std::mem::take(&mut self.waiting).into_iter().for_each(|bid| self.bid(bid));
    }
}

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q4"]
        source::slice(events)
            -> timestamp(|event| event.time(), disorder = 1s)
            -> filter_map(Side::of)
            -> key_by(|side| side.auction())
            -> process(
                Known::default(),
                |ctx, side| match side {
                    Side::Opened { lot, .. } => {
                        ctx.set_timer(lot.until);
                        ctx.state.open(lot);
                    }
                    Side::Bid { bid, .. } => ctx.state.bid(bid),
                },
                on_timer = |ctx, _| {
                    if let (Some(lot), Some(price)) = (ctx.state.lot, ctx.state.best) {
                        ctx.emit((lot.category, price));
                    }
                    ctx.forget();
                },
                // bids for an auction that has ended, or that never begins
                timeout = 1h,
            ) as auctions
            -> key_by(|sold| sold.0)
            -> mean(|sold| sold.1) as averages
            -> map(|row| (row.key, row.value))
            -> sink
    };
    run!(start, job)
}

/// What the last rows come to.
pub fn checksum(averages: impl Iterator<Item = Row>) -> u64 {
    averages.fold(0, |sum, row| sum.wrapping_add(row.hash()))
}

pub fn hand(events: &[Event]) -> u64 {
    let mut auctions: HashMap<u64, Known, RandomState> = HashMap::default();
    for event in events {
        match event {
            Event::Auction(auction) => {
                let lot = Lot { category: auction.category, from: auction.time, until: auction.expires };
                auctions.entry(auction.id).or_default().open(lot);
            }
            Event::Bid(bid) => {
                auctions.entry(bid.auction).or_default().bid(Offer { price: bid.price, time: bid.time });
            }
            Event::Person(_) => {}
        }
    }
    let mut categories: HashMap<u64, (u64, u64)> = HashMap::new();
    for known in auctions.values() {
        if let (Some(lot), Some(price)) = (known.lot, known.best) {
            let (sum, count) = categories.entry(lot.category).or_default();
            (*sum, *count) = (*sum + price, *count + 1);
        }
    }
    checksum(categories.into_iter().map(|(category, (sum, count))| (category, sum as f64 / count as f64)))
}
