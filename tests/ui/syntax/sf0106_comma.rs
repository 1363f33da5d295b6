//! Commas in place of arrows.
//@ stage: source

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2]),
            -> map(|n| n + 1)
            -> sink::discard()
    };
}
