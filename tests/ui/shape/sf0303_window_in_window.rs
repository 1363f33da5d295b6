//! A window in an open window.
//@ line: tumbling(1h

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(1min, clock = processing))
            -> window(tumbling(1h, clock = processing))
            -> count()
            -> sink::discard()
    };
}
