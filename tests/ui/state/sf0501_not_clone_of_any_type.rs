//! State with a type parameter, without `Clone`.
//@ line: struct Totals

use streamflow::*;
use streamflow::State;

#[derive(Default, State)]
struct Totals<T> {
    cents: T,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(Totals { cents: 0u64 }, |totals, n| totals.cents += n)
            -> map(|totals| totals.cents)
            -> sink::discard()
    };
}
