//! A window that skips records.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(sliding(10s, every = 1min, clock = processing))
            -> count()
            -> sink::discard()
    };
}
