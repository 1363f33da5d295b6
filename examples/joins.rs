//! Joins: prices as of the moment of an order, payments near the order in time, names from a table.
//!
//! `cargo run --example joins`
//!
//! The streams are joined by the times of their records, so the result does not depend on which of them is read first.

use std::cmp::Reverse;
use streamflow::{Error, State, Timestamp, sink, source, stream, table};

#[derive(Clone, Copy, State)]
struct Order {
    at: i64,
    id: u32,
    customer: u32,
    item: char,
}

#[derive(Clone, Copy, State)]
struct Payment {
    at: i64,
    order: u32,
}

/// What an item costs from a moment on.
#[derive(Clone, Copy, State)]
struct Price {
    from: i64,
    item: char,
    cents: u32,
}

/// An order with its price.
#[derive(Clone, Copy, State)]
struct Bill {
    order: Order,
    cents: u32,
}

const PRICES: [Price; 3] = [
    Price { from: 0, item: 'a', cents: 500 },
    Price { from: 0, item: 'b', cents: 90 },
    Price { from: 100, item: 'a', cents: 450 }, // cheaper from here on
];

const ORDERS: [Order; 4] = [
    Order { at: 10, id: 1, customer: 7, item: 'a' },
    Order { at: 95, id: 2, customer: 8, item: 'b' },
    Order { at: 120, id: 3, customer: 7, item: 'a' },
    Order { at: 130, id: 4, customer: 9, item: 'b' },
];

const PAYMENTS: [Payment; 3] = [
    Payment { at: 30, order: 1 },
    Payment { at: 121, order: 3 },
    Payment { at: 400, order: 4 }, // more than a minute after its order
];

fn main() -> Result<(), Error> {
    let customers = table::from_iter([(7u32, "Ada"), (8, "Bo")]);
    let mut job = stream! {
        #![name = "joins"]
        let prices = source::slice(&PRICES)
            -> map(|price| *price)
            -> timestamp(|price| Timestamp::from_secs(price.from))
            -> key_by(|price| price.item);
        let payments = source::slice(&PAYMENTS)
            -> map(|payment| *payment)
            -> timestamp(|payment| Timestamp::from_secs(payment.at))
            -> key_by(|payment| payment.order);
        source::slice(&ORDERS)
            -> map(|order| *order)
            -> timestamp(|order| Timestamp::from_secs(order.at))
            -> key_by(|order| order.item)
            -> as_of_join(prices, |order, price| Bill { order: *order, cents: price.map_or(0, |price| price.cents) }) as prices
            -> key_by(|bill| bill.order.id)
            -> left_join(payments, after = 1min, |bill, payment| (*bill, payment.map(|payment| payment.at))) as payments
            -> top(10, by = |(bill, _)| Reverse(bill.order.id))
            -> lookup(customers, |row| row.0.order.customer, |row, name| (row, name.copied().unwrap_or("somebody")))
            -> map(|((bill, paid), name)| match paid {
                Some(at) => format!("order {} of {name:<8} {:>4} cents, paid after {} s", bill.order.id, bill.cents, at - bill.order.at),
                None => format!("order {} of {name:<8} {:>4} cents, not paid in time", bill.order.id, bill.cents),
            })
            -> sink::stdout();
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
