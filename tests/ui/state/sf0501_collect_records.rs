//! A list of records that are no state.
//@ stage: collect

use streamflow::*;

#[derive(Clone)]
struct Order {
    name: String,
    cents: u64,
}

fn main() {
    let _job = stream! {
        source::vec(Vec::<Order>::new())
            -> key_by(|order| order.name.clone())
            -> collect()
            -> map(|row| row.value.len() as u64 + row.value[0].cents)
            -> sink::discard()
    };
}
