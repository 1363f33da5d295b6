//! One stored column for two fields.
//@ line: renamed = "sum")] // again

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    #[state(renamed = "sum")]
    cents: u64,
    #[state(renamed = "sum")] // again
    total: u64,
}

fn main() {}
