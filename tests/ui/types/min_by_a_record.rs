//! A projection to something without order.
//@ stage: min_by

use streamflow::*;
use std::time::Instant;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> min_by(|_| Instant::now())
            -> sink::discard()
    };
}
