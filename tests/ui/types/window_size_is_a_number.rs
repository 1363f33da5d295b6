//! The size of a window is a duration.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(60, clock = processing))
            -> count()
            -> sink::discard()
    };
}
