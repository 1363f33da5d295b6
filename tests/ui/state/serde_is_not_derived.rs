//! A type that serde does not know.
//@ line: state(serde)

use streamflow::State;

#[derive(Clone, State)]
#[state(serde)]
struct Totals {
    cents: u64,
}

fn main() {}
