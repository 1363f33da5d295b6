//! Nothing to iterate over.
//@ stage: flat_map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> flat_map(|n| n + 1)
            -> map(|n| n)
            -> sink::discard()
    };
}
