//! A fold without its first value.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(|total, n| *total += n)
            -> sink::discard()
    };
}
