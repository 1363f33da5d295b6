//! A key that is stored as it is and holds a float.
//@ line: cents: f64

use streamflow::*;
use streamflow::{Key, State};

#[derive(Clone, Copy, PartialEq, State, Key)]
struct Price {
    shop: u32,
    cents: f64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1.0])
            -> key_by(|cents| Price { shop: 1, cents: *cents })
            -> count()
            -> map(|row| row.value)
            -> sink::discard()
    };
}
