//! What the closure of a sink returns.
//@ stage: sink

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> sink::for_each(|n: u64| n + 1)
    };
}
