//! What is no attribute at all.
//@ line: state(=

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    #[state(= 7)]
    cents: u64,
}

fn main() {}
