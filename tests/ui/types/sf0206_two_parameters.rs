//! A closure with two parameters.
//@ stage: map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|a, b| a + b)
            -> sink::discard()
    };
}
