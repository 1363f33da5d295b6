//! A field that is to start with a default, of a type without one.
//@ line: day: Day,

use streamflow::State;

#[derive(Clone, State)]
struct Day {
    cents: u64,
}

#[derive(Clone, State)]
struct Totals {
    cents: u64,
    #[state(default)]
    day: Day,
}

fn main() {
    let _ = Totals { cents: 1, day: Day { cents: 1 } };
}
