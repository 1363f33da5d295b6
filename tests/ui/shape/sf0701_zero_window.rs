//! A window of no length.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(0s, clock = processing))
            -> count()
            -> sink::discard()
    };
}
