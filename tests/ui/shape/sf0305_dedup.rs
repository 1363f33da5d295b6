//! What goes by event time needs timestamps.
//@ stage: dedup

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> dedup(|n| *n, within = 10s)
            -> sink::discard()
    };
}
