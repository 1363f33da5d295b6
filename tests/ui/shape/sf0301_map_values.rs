//! A key is needed.
//@ stage: map_values

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map_values(|n| n + 1)
            -> sink::discard()
    };
}
