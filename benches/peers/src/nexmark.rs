//! What the queries send from worker to worker: parts of events that can travel, and what is kept of them.

use crate::workloads::nexmark::{Bid, Event};
use serde::{Deserialize, Serialize};
use streamflow::Timestamp;

/// What concerns one seller, for q3.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Local {
    Person { id: u64, name: String, city: String, state: String },
    Auction { id: u64, seller: u64 },
}

impl Local {
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Person(person) if matches!(person.state.as_str(), "OR" | "ID" | "CA") => Some(Local::Person {
                id: person.id,
                name: person.name.clone(),
                city: person.city.clone(),
                state: person.state.clone(),
            }),
            Event::Auction(auction) if auction.category == 10 => {
                Some(Local::Auction { id: auction.id, seller: auction.seller })
            }
            _ => None,
        }
    }

    pub fn seller(&self) -> u64 {
        match self {
            Local::Person { id, .. } => *id,
            Local::Auction { seller, .. } => *seller,
        }
    }
}

/// What is known of a seller.
#[derive(Clone, Debug, Default)]
pub struct Seller {
    person: Option<(String, String, String)>,
    /// Auctions that came before their seller.
    waiting: Vec<u64>,
}

/// Name, city, state, auction.
pub type Suggestion = (String, String, String, u64);

impl Seller {
    pub fn add(&mut self, local: Local) -> Vec<Suggestion> {
        match local {
            Local::Person { name, city, state, .. } => self.person = Some((name, city, state)),
            Local::Auction { id, .. } => self.waiting.push(id),
        }
        let Some((name, city, state)) = &self.person else { return Vec::new() };
        let row = |auction| (name.clone(), city.clone(), state.clone(), auction);
        self.waiting.drain(..).map(row).collect()
    }
}

/// What concerns one auction, for q4. Times are milliseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub enum Trade {
    Opened { auction: u64, category: u64, from: i64, until: i64 },
    Bid { auction: u64, price: u64, time: i64 },
}

impl Trade {
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Person(_) => None,
            Event::Auction(auction) => Some(Trade::Opened {
                auction: auction.id,
                category: auction.category,
                from: auction.time.as_millis(),
                until: auction.expires.as_millis(),
            }),
            Event::Bid(bid) => Some(Trade::Bid { auction: bid.auction, price: bid.price, time: bid.time.as_millis() }),
        }
    }

    pub fn auction(&self) -> u64 {
        match self {
            Trade::Opened { auction, .. } | Trade::Bid { auction, .. } => *auction,
        }
    }
}

/// What is known of an auction.
#[derive(Clone, Debug, Default)]
pub struct Lot {
    category: u64,
    /// Its times, when it was opened.
    open: Option<(i64, i64)>,
    best: Option<u64>,
    /// Prices and times of bids that came before their auction.
    waiting: Vec<(u64, i64)>,
}

impl Lot {
    pub fn add(&mut self, trade: Trade) {
        match trade {
            Trade::Opened { category, from, until, .. } => {
                (self.category, self.open) = (category, Some((from, until)));
                std::mem::take(&mut self.waiting).into_iter().for_each(|(price, time)| self.bid(price, time));
            }
            Trade::Bid { price, time, .. } => self.bid(price, time),
        }
    }

    fn bid(&mut self, price: u64, time: i64) {
        match self.open {
            Some((from, until)) if time >= from && time <= until => self.best = self.best.max(Some(price)),
            Some(_) => {}
            None => self.waiting.push((price, time)),
        }
    }

    /// Category and price.
    pub fn sold(&self) -> Option<(u64, u64)> {
        Some((self.category, self.best?))
    }

    /// No auction that opens at this time or later may have these bids.
    pub fn is_too_old(&self, time: i64) -> bool {
        self.open.is_none() && self.waiting.iter().all(|bid| bid.1 < time)
    }
}

/// The auctions with the most bids, for q5.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Hottest {
    pub bids: u64,
    pub auctions: Vec<u64>,
}

impl Hottest {
    pub fn add(&mut self, auction: u64, bids: u64) {
        if bids > self.bids {
            (self.bids, self.auctions) = (bids, Vec::new());
        }
        if bids == self.bids {
            self.auctions.push(auction);
        }
    }

    pub fn merge(&mut self, other: Self) {
        other.auctions.into_iter().for_each(|auction| self.add(auction, other.bids));
    }
}

/// The highest bids, for q7: their price, then auction, bidder, milliseconds of each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Highest {
    price: u64,
    bids: Vec<(u64, u64, i64)>,
}

impl Highest {
    pub fn add(&mut self, bid: &Bid) {
        if bid.price >= self.price {
            self.merge(Highest { price: bid.price, bids: vec![(bid.auction, bid.bidder, bid.time.as_millis())] });
        }
    }

    pub fn merge(&mut self, other: Self) {
        if other.price > self.price {
            *self = other;
        } else if other.price == self.price {
            self.bids.extend(other.bids);
        }
    }

    /// Auction, bidder, price, time.
    pub fn rows(self) -> impl Iterator<Item = (u64, u64, u64, Timestamp)> + Clone + Send {
        let price = self.price;
        self.bids
            .into_iter()
            .map(move |(auction, bidder, millis)| (auction, bidder, price, Timestamp::from_millis(millis)))
    }
}

/// What concerns one person, for q8.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Entry {
    Came { id: u64, name: String },
    Sells { id: u64 },
}

impl Entry {
    pub fn of(event: &Event) -> Option<Self> {
        match event {
            Event::Person(person) => Some(Entry::Came { id: person.id, name: person.name.clone() }),
            Event::Auction(auction) => Some(Entry::Sells { id: auction.seller }),
            Event::Bid(_) => None,
        }
    }

    pub fn person(&self) -> u64 {
        match self {
            Entry::Came { id, .. } | Entry::Sells { id } => *id,
        }
    }
}

/// What somebody did in a window.
#[derive(Clone, Debug, Default)]
pub struct Newcomer {
    name: Option<String>,
    sells: bool,
}

impl Newcomer {
    pub fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Came { name, .. } => self.name = Some(name.clone()),
            Entry::Sells { .. } => self.sells = true,
        }
    }

    /// The name of who came and sells.
    pub fn name(self) -> Option<String> {
        self.name.filter(|_| self.sells)
    }
}
