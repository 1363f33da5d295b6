//! An unknown window.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbleing(10s, clock = processing))
            -> count()
            -> sink::discard()
    };
}
