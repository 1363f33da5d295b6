//! A number is no sink.
//@ stage: sink

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> 42
    };
}
