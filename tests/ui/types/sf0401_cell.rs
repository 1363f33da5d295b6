//! A captured `Cell`.
//@ stage: map
//@ leak: {closure@, rustc prints the type of the value, and closures have no other name

use streamflow::*;
use std::cell::Cell;

fn main() {
    let seen = Cell::new(0u64);
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|n| { seen.set(seen.get() + 1); n })
            -> sink::discard()
    };
}
