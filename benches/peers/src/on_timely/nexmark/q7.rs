use super::events;
use super::open::{Open, merged};
use crate::nexmark::Highest;
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::{Bid, Event};
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

/// Milliseconds.
const WINDOW: u64 = 10_000;

pub fn q7(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let bids = events(scope, input, index, threads).flat_map(Event::bid);
        add_up(merged(highest(bids), WINDOW, Highest::merge).flat_map(|(_, highest)| highest.rows()), total);
    })
}

/// The highest bids that a worker has seen.
fn highest<'scope>(bids: StreamVec<'scope, u64, &'static Bid>) -> StreamVec<'scope, u64, (u64, Highest)> {
    bids.unary_frontier(Pipeline, "Highest", |capability, _| {
        let mut capability = Some(capability);
        let mut open = Open::<Highest>::of(WINDOW);
        move |(input, frontier), output| {
            input.for_each(|_, bids| {
                bids.drain(..).for_each(|bid| open.at(bid.time.as_millis() as u64).add(bid));
            });
            let Some(held) = &mut capability else { return };
            let time = frontier.frontier().first().copied();
            let mut session = output.session(held);
            while let Some(pane) = open.next(time) {
                session.give(pane);
            }
            drop(session);
            match time {
                Some(time) => held.downgrade(&time),
                None => capability = None,
            }
        }
    })
}
