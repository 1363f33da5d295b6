//! A window without an aggregate.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(1min, clock = processing))
            -> map(|n| n + 1)
            -> sink::discard()
    };
}
