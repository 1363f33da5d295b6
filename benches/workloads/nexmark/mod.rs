//! The queries of the Nexmark benchmark: an auction house, seen as a stream of persons, auctions and bids.
//!
//! Of the variants in use these are, unless a file says otherwise, those of the Nexmark suite for Flink SQL, whose windows are of
//! seconds. Events are decoded already and lie in memory, so the figures say how little work a query is, not how fast a job with a real source
//! would be.

mod events;
mod panes;

pub mod q0;
pub mod q1;
pub mod q11;
pub mod q12;
pub mod q2;
pub mod q3;
pub mod q4;
pub mod q5;
pub mod q7;
pub mod q8;

pub use events::{Auction, Bid, Event, Person, events};
