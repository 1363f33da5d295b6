//! A field that is no state.
//@ line: Instant,

use streamflow::*;
use std::time::Instant;
use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    cents: u64,
    since: Instant,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(Totals { cents: 0, since: Instant::now() }, |totals, n| totals.cents += n)
            -> map(|totals| (totals.cents, totals.since))
            -> sink::discard()
    };
}
