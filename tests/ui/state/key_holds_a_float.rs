//! A part of a key that is no key.
//@ line: price: f64

use streamflow::Key;

#[derive(Clone, Key)]
struct Offer<'b> {
    item: &'b str,
    price: f64,
}

fn main() {}
