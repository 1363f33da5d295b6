//! A reduction of records that are no state.
//@ stage: reduce

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
            -> filter(|order| order.cents > 1 && order.price > 1.0)
            -> key_by(|order| order.name.clone())
            -> reduce(|a, b| if a.cents > b.cents { a } else { b })
            -> map(|row| row.value.cents)
            -> sink::discard()
    };
}
