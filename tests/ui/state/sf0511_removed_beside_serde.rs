//! serde has attributes of its own.
//@ line: removed

use streamflow::State;

#[derive(Clone, serde::Serialize, serde::Deserialize, State)]
#[state(serde, removed("sum"))]
struct Totals {
    cents: u64,
}

fn main() {}
