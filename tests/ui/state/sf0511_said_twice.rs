//! One default would do.
//@ line: state(default, default

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    #[state(default, default = 7)]
    cents: u64,
}

fn main() {}
