//! How many, as a text.
//@ stage: top

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> top("3", by = |n| *n)
            -> sink::discard()
    };
}
