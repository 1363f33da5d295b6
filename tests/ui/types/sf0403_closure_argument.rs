//! A closure for another type of record.
//@ stage: map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|text: String| text.len())
            -> sink::discard()
    };
}
