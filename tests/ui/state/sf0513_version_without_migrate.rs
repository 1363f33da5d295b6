//! What version 1 was is not said.
//@ line: version = 2

use streamflow::State;

#[derive(Clone, State)]
#[state(version = 2)]
struct Totals {
    cents: u64,
}

fn main() {}
