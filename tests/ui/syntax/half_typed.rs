//! A closure that is still being typed.
//@ stage: map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|n| n.)
            -> sink::discard()
    };
}
