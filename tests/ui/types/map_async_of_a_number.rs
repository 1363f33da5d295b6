//! A call gives a future.
//@ stage: map_async

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map_async(|n| n + 1)
            -> sink::discard()
    };
}
