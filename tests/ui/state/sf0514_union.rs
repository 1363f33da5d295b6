//! A union.
//@ line: union

use streamflow::State;

#[derive(Clone, Copy, State)]
union Number {
    whole: u64,
    float: f64,
}

fn main() {}
