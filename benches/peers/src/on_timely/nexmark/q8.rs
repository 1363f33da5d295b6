use super::events;
use super::open::Open;
use crate::nexmark::{Entry, Newcomer};
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::Event;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use streamflow::Timestamp;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

/// Milliseconds.
const WINDOW: u64 = 10_000;

pub fn q8(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        // an entry needs its time
        let entries = events(scope, input, index, threads)
            .flat_map(|event| Entry::of(event).map(|entry| (event.time().as_millis() as u64, entry)));
        let by_person = Exchange::new(|(_, entry): &(u64, Entry)| entry.person());
        let rows = entries.unary_frontier(by_person, "Newcomers", |capability, _| {
            let mut capability = Some(capability);
            let mut open = Open::<HashMap<u64, Newcomer, RandomState>>::of(WINDOW);
            move |(input, frontier), output| {
                input.for_each(|_, entries| {
                    for (millis, entry) in entries.drain(..) {
                        open.at(millis).entry(entry.person()).or_default().add(&entry);
                    }
                });
                let Some(held) = &mut capability else { return };
                let time = frontier.frontier().first().copied();
                let mut session = output.session(held);
                while let Some((pane, newcomers)) = open.next(time) {
                    let start = Timestamp::from_millis((pane * WINDOW) as i64);
                    session.give_iterator(
                        newcomers.into_iter().filter_map(|(id, newcomer)| Some((id, newcomer.name()?, start))),
                    );
                }
                drop(session);
                match time {
                    Some(time) => held.downgrade(&time),
                    None => capability = None,
                }
            }
        });
        add_up(rows, total);
    })
}
