//! A key has to be state as well.
//@ line: struct Offer

use streamflow::Key;

#[derive(Clone, PartialEq, Eq, Hash, Key)]
struct Offer {
    item: String,
}

fn main() {}
