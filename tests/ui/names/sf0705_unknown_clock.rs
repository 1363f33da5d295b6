//! An unknown clock.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(10s, clock = procesing))
            -> count()
            -> sink::discard()
    };
}
