//! Two jobs whose state is locked. The features are changes that the next release might make.

mod recent;
mod shop;

use shop::Order;
use std::path::PathBuf;
use streamflow::{Error, sink, source, stream};

#[cfg(not(feature = "other_key"))]
fn shop(order: &Order) -> u32 {
    order.shop
}
#[cfg(feature = "other_key")]
fn shop(order: &Order) -> u64 {
    order.shop.into()
}

#[cfg(not(feature = "other_value"))]
fn cents(order: &Order) -> i64 {
    order.cents
}
#[cfg(feature = "other_value")]
fn cents(order: &Order) -> f64 {
    order.cents as f64
}

/// Runs both jobs on top of what is in the directory, with so many rounds of orders since its beginning.
fn main() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let directory = PathBuf::from(arguments.next().expect("a directory for checkpoints"));
    let rounds = arguments.next().map_or(1, |rounds| rounds.parse().expect("a number"));
    let totals = sink::collect();
    let _report = stream! {
        #![name = "orders"]
        #![checkpoint(directory.join("orders"))]
        source::vec(shop::orders(rounds)) -> split {
            all => key_by(|order| order.shop)
                -> fold(shop::Totals::default(), |totals, order| totals.add(&order)) as totals
                -> map(|row| (row.key, row.value.orders()))
                -> totals.clone(),
            many => key_by(|order| shop(order)) -> count() as many -> sink::discard(),
            money => map(|order| cents(&order)) -> sum() as money -> sink::discard(),
            paid => map(|order| order.kind()) -> fold(Vec::new(), |kinds, kind| kinds.push(kind)) as kinds -> sink::discard(),
        }
    }
    .run()?;
    recent::run(directory.join("recent"))?;
    let mut totals = totals.take();
    totals.sort_unstable();
    println!("{totals:?}");
    Ok(())
}
