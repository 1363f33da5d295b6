//! q8: who came and opened an auction in the same ten seconds?
//!
//! The ids of persons are all different, so nothing is grouped on their side.

use super::Event;
use super::panes::{Panes, STEP};
use crate::workloads::{Hashed, Start, run};
use foldhash::fast::RandomState;
use std::collections::{HashMap, HashSet};
use streamflow::{Error, Report, Sink, Timestamp, source, stream};

/// Person, name, begin of the window.
pub type Row = (u64, String, Timestamp);

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q8"]
        let events = source::slice(events) -> timestamp(|event| event.time(), disorder = 1s);
        let sellers = events
            -> filter_map(|event| event.auction())
            -> key_by(|auction| auction.seller)
            -> window(tumbling(10s))
            -> count() as auctions
            -> map(|row| (row.key, row.start))
            -> key_by(|row| row.0);
        events
            -> filter_map(|event| event.person())
            -> map(|person| (person.id, person.name.clone()))
            -> key_by(|person| person.0)
            -> join(sellers, window = tumbling(10s), |person, seller| (person.0, person.1.clone(), seller.1)) as new_sellers
            -> sink;
    };
    run!(start, job)
}

#[derive(Default)]
struct Pane {
    persons: HashMap<u64, String, RandomState>,
    sellers: HashSet<u64, RandomState>,
}

pub fn hand(events: &[Event]) -> u64 {
    let mut panes: Panes<Pane> = Panes::of(10);
    let mut checksum = 0u64;
    let mut show = |start: Timestamp, pane: Pane| {
        for (id, name) in pane.persons.into_iter().filter(|(id, _)| pane.sellers.contains(id)) {
            checksum = checksum.wrapping_add((id, name, start).hash());
        }
    };
    for step in events.chunks(STEP) {
        for event in step {
            let Some(pane) = panes.at(event.time()) else { continue };
            match event {
                Event::Person(person) => drop(pane.persons.insert(person.id, person.name.clone())),
                Event::Auction(auction) => drop(pane.sellers.insert(auction.seller)),
                Event::Bid(_) => {}
            }
        }
        while let Some((start, pane)) = panes.passed() {
            show(start, pane);
        }
    }
    while let Some((start, pane)) = panes.next() {
        show(start, pane);
    }
    checksum
}
