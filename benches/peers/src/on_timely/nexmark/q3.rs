use super::events;
use crate::nexmark::{Local, Seller};
use crate::on_timely::{add_up, run};
use crate::workloads::nexmark::Event;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use timely::dataflow::channels::pact::Exchange;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

pub fn q3(input: &'static [Event], threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let locals = events(scope, input, index, threads).flat_map(Local::of);
        let by_seller = Exchange::new(|local: &Local| local.seller());
        let suggestions = locals.unary(by_seller, "Suggest", |_, _| {
            let mut sellers: HashMap<u64, Seller, RandomState> = HashMap::default();
            move |input, output| {
                input.for_each(|time, locals| {
                    let rows = locals.drain(..).flat_map(|local| {
                        let seller = sellers.entry(local.seller()).or_default();
                        seller.add(local)
                    });
                    output.session(&time).give_iterator(rows);
                });
            }
        });
        add_up(suggestions, total);
    })
}
