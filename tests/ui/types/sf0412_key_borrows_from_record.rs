//! A key that borrows from an owned record.
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
            -> filter(|order| order.cents > 1 && order.price > 1.0)
            -> key_by(|order| order.name.as_str())
            -> count()
            -> sink::discard()
    };
}
