//! A variable that does not exist.
//@ stage: filter

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n| *n > limit)
            -> sink::discard()
    };
}
