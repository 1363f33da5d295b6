//! A number where an aggregator is needed.
//@ stage: aggregate

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> aggregate(0)
            -> sink::discard()
    };
}
