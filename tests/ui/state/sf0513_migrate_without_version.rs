//! Nobody could tell the old type from the new one.
//@ line: migrate

use streamflow::State;

#[derive(Clone, State)]
struct Old {
    euros: f64,
}

#[derive(Clone, State)]
#[state(migrate = Old)]
struct Totals {
    cents: u64,
}

impl From<Old> for Totals {
    fn from(old: Old) -> Self {
        Totals { cents: (old.euros * 100.0) as u64 }
    }
}

fn main() {}
