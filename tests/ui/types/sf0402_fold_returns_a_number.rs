//! A fold that returns its state.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(0, |total, n| *total + n)
            -> sink::discard()
    };
}
