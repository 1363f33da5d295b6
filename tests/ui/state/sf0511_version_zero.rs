//! Versions count from one.
//@ line: version

use streamflow::State;

#[derive(Clone, State)]
#[state(version = 0)]
struct Totals {
    cents: u64,
}

fn main() {}
