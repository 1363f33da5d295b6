//! Integers whose type is still open, as in `vec![3, 1, 2]`: every operator that asks something of a type takes them.

use streamflow::{sink, source, stream};

fn main() {
    let numbers = || source::vec(vec![3, 1, 2]);
    stream! { numbers() -> fold(0, |sum, n| *sum += n) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> key_by(|n| n % 2) -> fold(0, |sum, n| *sum += n) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> key_by(|n| n % 2) -> count() -> map(|row| row.value) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> reduce(|a, b| a + b) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> min() -> sink::discard() }.run().unwrap();
    stream! { numbers() -> max(|n| n * 2) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> sum() -> sink::discard() }.run().unwrap();
    stream! { numbers() -> mean(|n| *n) -> sink::discard() }.run().unwrap();
    stream! { numbers() -> distinct() -> sink::discard() }.run().unwrap();
    stream! { numbers() -> top(2, by = |n| *n) -> sink::discard() }.run().unwrap();
}
