use super::events;
use super::open::{Open, merged};
use crate::nexmark::Hottest;
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::Event;
use foldhash::fast::RandomState;
use std::collections::{HashMap, VecDeque};
use streamflow::Timestamp;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

/// Milliseconds.
const SLIDE: u64 = 2_000;
/// Panes a window.
const PANES: usize = 5;

pub fn q5(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let bids = events(scope, input, index, threads).flat_map(Event::bid);
        let bids = bids.map(|bid| (bid.auction, bid.time.as_millis() as u64));
        let rows = merged(hottest(bids), SLIDE, Hottest::merge).flat_map(|(pane, hottest)| {
            let start = Timestamp::from_millis((pane as i64 + 1 - PANES as i64) * SLIDE as i64);
            hottest.auctions.into_iter().map(move |auction| (start, auction, hottest.bids))
        });
        add_up(rows, total);
    })
}

/// The hottest auctions of a worker, with the number of the last pane of the window.
fn hottest(bids: StreamVec<'_, u64, (u64, u64)>) -> StreamVec<'_, u64, (u64, Hottest)> {
    let by_auction = Exchange::new(|(auction, _): &(u64, u64)| *auction);
    bids.unary_frontier(by_auction, "Hottest", |capability, _| {
        let mut capability = Some(capability);
        let mut open = Open::<Counts>::of(SLIDE);
        let mut window = Window::default();
        move |(input, frontier), output| {
            input.for_each(|_, bids| {
                for (auction, millis) in bids.drain(..) {
                    *open.at(millis).entry(auction).or_default() += 1;
                }
            });
            let Some(held) = &mut capability else { return };
            let time = frontier.frontier().first().copied();
            let mut session = output.session(held);
            while let Some((pane, counts)) = open.next(time) {
                window.until(pane, |row| session.give(row));
                session.give(window.moved(pane, counts));
            }
            window.until(time.map_or(u64::MAX, |time| time / SLIDE), |row| session.give(row));
            drop(session);
            match time {
                Some(time) => held.downgrade(&time),
                None => capability = None,
            }
        }
    })
}

type Counts = HashMap<u64, u64, RandomState>;

/// The counts of the panes of a window, and their sum.
#[derive(Default)]
struct Window {
    panes: VecDeque<Counts>,
    total: Counts,
    next: u64,
}

impl Window {
    /// Moves over panes without bids, as long as there is anything in the window.
    fn until(&mut self, pane: u64, mut give: impl FnMut((u64, Hottest))) {
        while self.next < pane {
            let row = self.moved(self.next, Counts::default());
            if self.total.is_empty() {
                self.panes.clear();
                return;
            }
            give(row);
        }
    }

    fn moved(&mut self, pane: u64, counts: Counts) -> (u64, Hottest) {
        self.next = pane + 1;
        for (auction, count) in &counts {
            *self.total.entry(*auction).or_default() += count;
        }
        self.panes.push_back(counts);
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
        let mut hottest = Hottest::default();
        self.total.iter().for_each(|(auction, count)| hottest.add(*auction, *count));
        (pane, hottest)
    }
}
