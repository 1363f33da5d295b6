//! Records without order.
//@ stage: min

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
            -> min()
            -> sink::discard()
    };
}
