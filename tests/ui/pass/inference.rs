//! Every operator infers its types: no annotation in a closure.
#![deny(warnings)]

use std::time::Duration;
use streamflow::window::tumbling;
use streamflow::{Error, State, Timestamp, sink, source, stream};

#[derive(Clone, State)]
struct Order {
    shop: String,
    at: i64,
    cents: u64,
}

#[derive(Clone, Default, State)]
struct Totals {
    orders: u64,
    cents: u64,
}

fn orders() -> Vec<Order> {
    vec![Order { shop: "north".to_owned(), at: 1, cents: 3 }]
}

fn stateless() -> Result<(), Error> {
    let mut cents = Vec::new();
    stream! {
        source::vec(orders())
            -> filter(|order| order.cents > 1)
            -> inspect(|order| assert!(!order.shop.is_empty()))
            -> map(|order| (order.cents, order.shop))
            -> filter_map(|pair| pair.0.checked_sub(1).map(|cents| (cents, pair.1)))
            -> flat_map(|(cents, shop)| shop.chars().map(|_| cents).collect::<Vec<_>>())
            -> &mut cents
    }
    .run()?;
    assert_eq!(cents, [2; 5]);
    Ok(())
}

fn aggregates() -> Result<(), Error> {
    let numbers = || source::vec(vec![3u64, 1, 2]);
    stream! { numbers() -> count() -> map(|n| n + 1) -> sink::discard() }.run()?;
    stream! { numbers() -> sum() -> map(|n| n + 1) -> sink::discard() }.run()?;
    stream! { numbers() -> mean() -> map(|n| n + 1.0) -> sink::discard() }.run()?;
    stream! { numbers() -> min() -> map(|n| n.leading_zeros()) -> sink::discard() }.run()?;
    stream! { numbers() -> max() -> map(|n| n.leading_zeros()) -> sink::discard() }.run()?;
    stream! { numbers() -> reduce(|a, b| a.max(b)) -> map(|n| n.leading_zeros()) -> sink::discard() }.run()?;
    stream! { numbers() -> fold(None, |last, n| *last = Some(n)) -> map(|last| last.is_some()) -> sink::discard() }
        .run()?;
    stream! { numbers() -> distinct() -> distinct(|n| n % 2) -> map(|n| n.leading_zeros()) -> sink::discard() }.run()?;
    stream! { numbers() -> top(2, by = |n| n.leading_zeros()) -> map(|n| n.leading_zeros()) -> sink::discard() }.run()?;
    Ok(())
}

fn keyed() -> Result<(), Error> {
    let sold = || source::vec(orders());
    stream! { sold() -> key_by(|order| order.shop.clone()) -> count() -> map(|row| row.key.len()) -> sink::discard() }
        .run()?;
    stream! {
        sold()
            -> key_by(|order| (order.shop.clone(), order.at))
            -> map_values(|order| order.cents)
            -> sum()
            -> top(3, by = |row| row.value)
            -> map(|row| (row.key.0.len(), row.value + 1))
            -> sink::discard()
    }
    .run()?;
    stream! {
        sold()
            -> key_by(|order| order.at)
            -> fold(Totals::default(), |totals, order| { totals.orders += 1; totals.cents += order.cents; }) as totals
            -> map(|row| row.value.cents / row.value.orders)
            -> sink::discard()
    }
    .run()?;
    stream! { sold() -> key_by(|order| order.at) -> max(|order| order.cents) -> map(|row| row.value.leading_zeros()) -> sink::discard() }
        .run()?;
    stream! { sold() -> key_by(|order| order.at) -> mean(|order| order.cents) -> map(|row| row.value.floor()) -> sink::discard() }
        .run()?;
    Ok(())
}

fn windows() -> Result<(), Error> {
    let sold = || source::vec(orders());
    stream! {
        sold()
            -> timestamp(|order| Timestamp::from_secs(order.at), disorder = 2s)
            -> key_by(|order| order.shop.clone())
            -> window(sliding(10s, every = 5s))
            -> min(|order| order.cents)
            -> map(|row| (row.key.len(), row.value.leading_zeros(), row.start, row.end))
            -> sink::discard()
    }
    .run()?;
    let minute = tumbling(Duration::from_secs(60));
    stream! {
        sold()
            -> timestamp(|order| Timestamp::from_secs(order.at))
            -> window(minute)
            -> reduce(|a, b| if a.cents > b.cents { a } else { b })
            -> map(|row| row.value.cents)
            -> sink::discard()
    }
    .run()?;
    Ok(())
}

fn main() -> Result<(), Error> {
    stateless()?;
    aggregates()?;
    keyed()?;
    windows()
}
