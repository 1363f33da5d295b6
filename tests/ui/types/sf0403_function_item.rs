//! A function for another type of record.
//@ stage: map

use streamflow::*;

fn length(text: String) -> usize {
    text.len()
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(length)
            -> sink::discard()
    };
}
