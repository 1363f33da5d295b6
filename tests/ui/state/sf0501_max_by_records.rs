//! The largest of records that are no state.
//@ stage: max_by

use streamflow::*;

#[derive(Clone)]
struct Order {
    cents: u64,
}

fn main() {
    let _job = stream! {
        source::vec(Vec::<Order>::new())
            -> max_by(|order| order.cents)
            -> map(|order| order.cents)
            -> sink::discard()
    };
}
