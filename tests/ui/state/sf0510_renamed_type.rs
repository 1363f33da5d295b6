//! A type has no old name: its name is not stored.
//@ line: renamed

use streamflow::State;

#[derive(Clone, State)]
#[state(renamed = "Sums")]
struct Totals {
    cents: u64,
}

fn main() {}
