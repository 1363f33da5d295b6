//! A word that is nearly right.
//@ line: defualt

use streamflow::State;

#[derive(Clone, State)]
struct Totals {
    cents: u64,
    #[state(defualt)]
    orders: u64,
}

fn main() {}
