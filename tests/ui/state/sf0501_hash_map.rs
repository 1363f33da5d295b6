//! A map of records that are no state.
//@ stage: fold

use streamflow::*;
use std::collections::HashMap;
use std::time::Instant;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(HashMap::<u64, Instant>::new(), |seen, n| { seen.insert(n, Instant::now()); })
            -> map(|seen| seen.len())
            -> sink::discard()
    };
}
