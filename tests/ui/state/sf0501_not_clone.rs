//! State without `Clone`.
//@ line: struct Totals

use streamflow::*;
use streamflow::State;

#[derive(Default, State)]
struct Totals {
    cents: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(Totals::default(), |totals, n| totals.cents += n)
            -> map(|totals| totals.cents)
            -> sink::discard()
    };
}
