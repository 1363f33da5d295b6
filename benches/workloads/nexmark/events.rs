//! The events, in the form that a decoder would give them.

use nexmark::EventGenerator;
use nexmark::config::NexmarkConfig;
use nexmark::event;
use std::time::Duration;
use streamflow::{State, Timestamp};

/// Events a second of event time: 1 person, 3 auctions and 46 bids in 50.
const RATE: usize = 10_000;
/// 2026-01-01T00:00:00Z
const START: u64 = 1_767_225_600_000;
/// Events of so many are shuffled: 10 ms.
const SHUFFLED: usize = 100;
/// How far an event may lie behind one that came before it. More than there is, as one would say of a real stream.
pub const DISORDER: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub enum Event {
    Person(Box<Person>),
    Auction(Box<Auction>),
    /// Most events are bids, so they are what a block holds in one piece.
    Bid(Bid),
}

#[derive(Clone, Debug, State)]
pub struct Person {
    pub id: u64,
    pub name: String,
    pub city: String,
    pub state: String,
    pub time: Timestamp,
}

#[derive(Clone, Debug)]
pub struct Auction {
    pub id: u64,
    pub seller: u64,
    pub category: u64,
    pub time: Timestamp,
    pub expires: Timestamp,
}

#[derive(Clone, Copy, Debug)]
pub struct Bid {
    pub auction: u64,
    pub bidder: u64,
    /// In cents.
    pub price: u64,
    pub time: Timestamp,
}

impl Event {
    #[inline]
    pub fn time(&self) -> Timestamp {
        match self {
            Event::Person(person) => person.time,
            Event::Auction(auction) => auction.time,
            Event::Bid(bid) => bid.time,
        }
    }

    #[inline]
    pub fn bid(&self) -> Option<&Bid> {
        match self {
            Event::Bid(bid) => Some(bid),
            _ => None,
        }
    }

    #[inline]
    pub fn auction(&self) -> Option<&Auction> {
        match self {
            Event::Auction(auction) => Some(auction),
            _ => None,
        }
    }

    #[inline]
    pub fn person(&self) -> Option<&Person> {
        match self {
            Event::Person(person) => Some(person),
            _ => None,
        }
    }
}

/// The first events of the benchmark's generator; always the same.
pub fn events(count: usize) -> Vec<Event> {
    let generator = EventGenerator::new(NexmarkConfig {
        base_time: START,
        first_rate: RATE,
        next_rate: RATE,
        out_of_order_group_size: SHUFFLED,
        ..NexmarkConfig::default()
    });
    generator.take(count).map(decoded).collect()
}

fn decoded(event: event::Event) -> Event {
    let time = |millis: u64| Timestamp::from_millis(millis as i64);
    match event {
        event::Event::Person(person) => Event::Person(Box::new(Person {
            id: person.id as u64,
            name: person.name,
            city: person.city,
            state: person.state.to_uppercase(),
            time: time(person.date_time),
        })),
        event::Event::Auction(auction) => Event::Auction(Box::new(Auction {
            id: auction.id as u64,
            seller: auction.seller as u64,
            category: auction.category as u64,
            time: time(auction.date_time),
            expires: time(auction.expires),
        })),
        event::Event::Bid(bid) => Event::Bid(Bid {
            auction: bid.auction as u64,
            bidder: bid.bidder as u64,
            price: bid.price as u64,
            time: time(bid.date_time),
        }),
    }
}
