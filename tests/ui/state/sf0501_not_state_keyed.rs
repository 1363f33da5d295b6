//! The same behind a key.
//@ stage: fold

use streamflow::*;

#[derive(Clone, Default)]
struct Totals {
    cents: u64,
}

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> fold(Totals::default(), |totals, n| totals.cents += n) as totals
            -> map(|row| row.value.cents)
            -> sink::discard()
    };
}
