use super::events;
use crate::nexmark::{Lot, Trade};
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::Event;
use foldhash::fast::RandomState;
use std::collections::{BTreeMap, HashMap};
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

/// How often bids without an auction are looked through, in milliseconds of event time.
const SWEEP: u64 = 1_000;

pub fn q4(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let sold = sold(events(scope, input, index, threads).flat_map(Trade::of));
        add_up(averages(sold), total);
    })
}

/// Category and price of each auction that has ended.
fn sold(trades: StreamVec<'_, u64, Trade>) -> StreamVec<'_, u64, (u64, u64)> {
    let by_auction = Exchange::new(|trade: &Trade| trade.auction());
    trades.unary_frontier(by_auction, "Sold", |capability, _| {
        let mut capability = Some(capability);
        let mut lots: HashMap<u64, Lot, RandomState> = HashMap::default();
        let mut ends: BTreeMap<i64, Vec<u64>> = BTreeMap::new();
        let mut swept = 0;
        move |(input, frontier), output| {
            input.for_each(|_, trades| {
                for trade in trades.drain(..) {
                    if let Trade::Opened { auction, until, .. } = trade {
                        ends.entry(until).or_default().push(auction);
                    }
                    lots.entry(trade.auction()).or_default().add(trade);
                }
            });
            let Some(held) = &mut capability else { return };
            let time = frontier.frontier().first().copied();
            let mut session = output.session(held);
            while let Some(end) = ends.first_entry()
                && time.is_none_or(|time| *end.key() < time as i64)
            {
                let ended = end.remove();
                session.give_iterator(ended.iter().filter_map(|auction| lots.remove(auction)?.sold()));
            }
            drop(session);
            match time {
                Some(time) => {
                    held.downgrade(&time);
                    if time >= swept + SWEEP {
                        swept = time;
                        lots.retain(|_, lot| !lot.is_too_old(time as i64));
                    }
                }
                None => capability = None,
            }
        }
    })
}

/// Told when the input has ended.
fn averages(sold: StreamVec<'_, u64, (u64, u64)>) -> StreamVec<'_, u64, (u64, f64)> {
    let by_category = Exchange::new(|(category, _): &(u64, u64)| *category);
    sold.unary_frontier(by_category, "Averages", |capability, _| {
        let mut capability = Some(capability);
        let mut categories: HashMap<u64, (u64, u64)> = HashMap::new();
        move |(input, frontier), output| {
            input.for_each(|_, sold| {
                for (category, price) in sold.drain(..) {
                    let (sum, count) = categories.entry(category).or_default();
                    (*sum, *count) = (*sum + price, *count + 1);
                }
            });
            if frontier.is_empty()
                && let Some(capability) = capability.take()
            {
                let averages = categories.drain().map(|(category, (sum, count))| (category, sum as f64 / count as f64));
                output.session(&capability).give_iterator(averages);
            }
        }
    })
}
