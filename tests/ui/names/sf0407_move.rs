//! `move` on the closure of a stage.
//@ stage: filter

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(move |n| *n > 1)
            -> sink::discard()
    };
}
