//! q3: who in Oregon, Idaho or California sells something of category 10, and in which auctions?
//!
//! A join without a window: persons are kept for ever, and auctions until their seller is known. No operator of the language joins so (`join` wants
//! to know how near in time), so `process` does.

use super::{Event, Person};
use crate::workloads::{Hashed, Start, run};
use foldhash::fast::RandomState;
use std::collections::HashMap;
use streamflow::{Error, Report, Sink, State, source, stream};

/// Name, city, state, auction.
pub type Row = (String, String, String, u64);

const CATEGORY: u64 = 10;

fn is_near(person: &Person) -> bool {
    matches!(person.state.as_str(), "OR" | "ID" | "CA")
}

fn row(person: &Person, auction: u64) -> Row {
    (person.name.clone(), person.city.clone(), person.state.clone(), auction)
}

/// What concerns one seller.
enum Side<'e> {
    Seller(&'e Person),
    Auction { id: u64, seller: u64 },
}

impl<'e> Side<'e> {
    fn of(event: &'e Event) -> Option<Self> {
        match event {
            Event::Person(person) if is_near(person) => Some(Side::Seller(person)),
            Event::Auction(auction) if auction.category == CATEGORY => {
                Some(Side::Auction { id: auction.id, seller: auction.seller })
            }
            _ => None,
        }
    }

    fn seller(&self) -> u64 {
        match self {
            Side::Seller(person) => person.id,
            Side::Auction { seller, .. } => *seller,
        }
    }
}

#[derive(Clone, Debug, Default, State)]
struct Known {
    person: Option<Person>,
    waiting: Vec<u64>,
}

pub fn flow(events: &[Event], start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "q3"]
        source::slice(events)
            -> filter_map(Side::of)
            -> key_by(|side| side.seller())
            -> process(
                Known::default(),
                |ctx, side| match side {
                    Side::Seller(person) => {
                        for auction in std::mem::take(&mut ctx.state.waiting) {
                            ctx.emit(row(person, auction));
                        }
                        ctx.state.person = Some(person.clone());
                    }
                    Side::Auction { id, .. } => match &ctx.state.person {
                        Some(person) => {
                            let row = row(person, id);
                            ctx.emit(row);
                        }
                        None => ctx.state.waiting.push(id),
                    },
                },
                on_timer = |_, _| (),
                timeout = unbounded,
            ) as sellers
            -> sink
    };
    run!(start, job)
}

pub fn hand(events: &[Event]) -> u64 {
    let mut persons: HashMap<u64, Person, RandomState> = HashMap::default();
    let mut waiting: HashMap<u64, Vec<u64>, RandomState> = HashMap::default();
    let mut checksum = 0u64;
    for event in events {
        match event {
            Event::Person(person) if is_near(person) => {
                for auction in waiting.remove(&person.id).into_iter().flatten() {
                    checksum = checksum.wrapping_add(row(person, auction).hash());
                }
                persons.insert(person.id, Person::clone(person));
            }
            Event::Auction(auction) if auction.category == CATEGORY => match persons.get(&auction.seller) {
                Some(person) => checksum = checksum.wrapping_add(row(person, auction.id).hash()),
                None => waiting.entry(auction.seller).or_default().push(auction.id),
            },
            _ => {}
        }
    }
    checksum
}
