//! State that does not implement `State`.
//@ stage: fold

use streamflow::*;

#[derive(Clone, Default)]
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
