//! The old type does not say how it becomes the new one.
//@ line: migrate

use streamflow::State;

#[derive(Clone, State)]
struct Old {
    euros: f64,
}

#[derive(Clone, State)]
#[state(version = 2, migrate = Old)]
struct Totals {
    cents: u64,
}

fn main() {}
