//! Two fields that change names.
//@ line: renamed = "orders"

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    #[state(renamed = "orders")]
    cents: u64,
    orders: u64,
}

fn main() {}
