//! q7: the highest bid of each ten seconds. All of them, if several are as high.

use super::panes::{Panes, STEP};
use super::{Bid, Event};
use crate::workloads::{Hashed, Start, run};
use streamflow::{Aggregator, Error, Merge, Report, Sink, State, Timestamp, source, stream};

/// Auction, bidder, price, time.
pub type Row = (u64, u64, u64, Timestamp);

/// The highest bids so far, without their price.
#[derive(Clone, Debug, Default, State)]
struct Highest {
    price: u64,
    bids: Vec<(u64, u64, Timestamp)>,
}

impl Highest {
    fn add(&mut self, bid: &Bid) {
        if bid.price > self.price {
            self.price = bid.price;
            self.bids.clear();
        }
        if bid.price == self.price {
            self.bids.push((bid.auction, bid.bidder, bid.time));
        }
    }

    fn merge(&mut self, later: Self) {
        if later.price > self.price {
            *self = later;
        } else if later.price == self.price {
            self.bids.extend(later.bids);
        }
    }

    fn rows(self) -> impl Iterator<Item = Row> {
        self.bids.into_iter().map(move |(auction, bidder, time)| (auction, bidder, self.price, time))
    }
}

/// The aggregate of a window.
struct HighestBids;

impl<'e> Aggregator<&'e Bid> for HighestBids {
    type State = Highest;
    type Output = Highest;
    const MERGE: Option<Merge<Self, Highest>> = Some(|_, into, later| into.merge(later.clone()));
    /// Rows show the bids in one order.
    const ANY_ORDER: bool = true;

    fn create(&self) -> Highest {
        Highest::default()
    }

    fn add(&self, highest: &mut Highest, bid: &'e Bid) {
        highest.add(bid);
    }

    fn output(&self, highest: &Highest) -> Highest {
        let mut highest = highest.clone();
        highest.bids.sort_unstable();
        highest
    }
}

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q7"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> timestamp(|bid| bid.time, disorder = 1s)
            -> window(tumbling(10s))
            -> aggregate(HighestBids) as highest
            -> flat_map(|row| row.value.rows())
            -> sink
    };
    run!(start, job)
}

pub fn hand(events: &[Event]) -> u64 {
    let mut panes: Panes<Highest> = Panes::of(10);
    let mut checksum = 0u64;
    let mut show = |highest: Highest| checksum = highest.rows().fold(checksum, |sum, row| sum.wrapping_add(row.hash()));
    for step in events.chunks(STEP) {
        for bid in step.iter().filter_map(Event::bid) {
            if let Some(highest) = panes.at(bid.time) {
                highest.add(bid);
            }
        }
        while let Some((_, highest)) = panes.passed() {
            show(highest);
        }
    }
    while let Some((_, highest)) = panes.next() {
        show(highest);
    }
    checksum
}
