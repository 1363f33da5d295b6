//! A field that does not exist.
//@ stage: map

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
            -> filter(|order| order.cents > 1 && order.price > 1.0 && order.name != "")
            -> map(|order| order.cent)
            -> sink::discard()
    };
}
