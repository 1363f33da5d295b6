//! A ranking of records that are no state.
//@ stage: top

use streamflow::*;

#[derive(Clone)]
struct Order {
    name: String,
    price: f64,
    cents: u64,
}

fn main() {
    let _job = stream! {
        source::vec(Vec::<Order>::new())
            -> filter(|order| order.price > 1.0 && order.name != "")
            -> top(3, by = |order| order.cents)
            -> sink::discard()
    };
}
