//! A float is no key.
//@ stage: key_by

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
            -> filter(|order| order.cents > 1 && order.name != "")
            -> key_by(|order| order.price)
            -> count() as per_price
            -> sink::discard()
    };
}
