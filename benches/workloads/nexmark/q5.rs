//! q5: which auctions had the most bids in the last ten seconds, every two seconds? All of them, if several had as many.

use super::Event;
use super::panes::{Panes, STEP};
use crate::workloads::{Hashed, Start, run};
use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use streamflow::{Error, Report, Sink, State, Timestamp, source, stream};

/// Begin of the window, auction, bids.
pub type Row = (Timestamp, u64, u64);

/// The auctions with the most bids so far.
#[derive(Clone, Debug, Default, State)]
struct Hottest {
    bids: u64,
    auctions: Vec<u64>,
}

impl Hottest {
    fn add(&mut self, auction: u64, bids: u64) {
        if bids > self.bids {
            self.bids = bids;
            self.auctions.clear();
        }
        if bids == self.bids {
            self.auctions.push(auction);
        }
    }
}

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q5"]
        source::slice(events)
            -> filter_map(|event| event.bid())
            -> timestamp(|bid| bid.time, disorder = 1s)
            -> key_by(|bid| bid.auction)
            -> window(sliding(10s, every = 2s))
            -> count() as bids
            // the counts of one window lie in one window of its slide
            -> window(tumbling(2s))
            -> fold(Hottest::default(), |hottest, row| hottest.add(row.key, row.value)) as hottest
            -> flat_map(|row| {
                let (start, Hottest { bids, auctions }) = (row.end - Duration::from_secs(10), row.value);
                auctions.into_iter().map(move |auction| (start, auction, bids))
            })
            -> sink
    };
    run!(start, job)
}

type Counts = HashMap<u64, u64, RandomState>;

/// The panes of a window.
const PANES: usize = 5;

pub fn hand(events: &[Event]) -> u64 {
    let mut panes: Panes<Counts> = Panes::of(2);
    let mut window = Window::default();
    let mut checksum = 0u64;
    for step in events.chunks(STEP) {
        for bid in step.iter().filter_map(Event::bid) {
            if let Some(counts) = panes.at(bid.time) {
                *counts.entry(bid.auction).or_default() += 1;
            }
        }
        while let Some((start, counts)) = panes.passed() {
            checksum = checksum.wrapping_add(window.moved(start, counts));
        }
    }
    let mut last = None;
    while let Some((start, counts)) = panes.next() {
        checksum = checksum.wrapping_add(window.moved(start, counts));
        last = Some(start);
    }
    for pane in
        last.into_iter().flat_map(|last| (1..PANES as u64).map(move |more| last + Duration::from_secs(2 * more)))
    {
        checksum = checksum.wrapping_add(window.moved(pane, Counts::default()));
    }
    checksum
}

/// The counts of the panes of a window, and their sum.
#[derive(Default)]
struct Window {
    panes: VecDeque<Counts>,
    total: Counts,
}

impl Window {
    /// The hottest of the window that ends with a pane.
    fn moved(&mut self, last: Timestamp, pane: Counts) -> u64 {
        for (auction, count) in &pane {
            *self.total.entry(*auction).or_default() += count;
        }
        self.panes.push_back(pane);
        if self.panes.len() > PANES {
            for (auction, count) in self.panes.pop_front().into_iter().flatten() {
                if let Some(total) = self.total.get_mut(&auction) {
                    *total -= count;
                    if *total == 0 {
                        self.total.remove(&auction);
                    }
                }
            }
        }
        let most = self.total.values().copied().max().unwrap_or(0);
        let start = last - Duration::from_secs(8);
        let hottest = self.total.iter().filter(|(_, count)| **count == most);
        hottest.fold(0, |sum, (auction, count)| sum.wrapping_add((start, *auction, *count).hash()))
    }
}
