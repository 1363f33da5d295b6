//! An old name is a text.
//@ line: renamed

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    #[state(renamed = sum)]
    cents: u64,
}

fn main() {}
