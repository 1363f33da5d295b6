//! A required option is missing.
//@ stage: top

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> top(10)
            -> sink::discard()
    };
}
