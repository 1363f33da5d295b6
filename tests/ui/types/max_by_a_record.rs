//! A projection to something without order.
//@ stage: max

use streamflow::*;
use std::time::Instant;

fn main() {
    let _job = stream! {
        source::vec(vec![Instant::now()])
            -> max(|at| *at)
            -> sink::discard()
    };
}
