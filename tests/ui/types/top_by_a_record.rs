//! Ranked by something without order.
//@ stage: top

use streamflow::*;
use std::time::Instant;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> top(3, by = |_| Instant::now())
            -> sink::discard()
    };
}
