//! Aggregators of the user's own, and what to compare of aggregates that round.

use crate::data::Record;
use streamflow::{Aggregator, Inverse, Merge};

/// What shows the order of the values: `31 * seen + value`, and that factor to the power of their number.
pub type Seen = (i64, i64);

pub fn step(seen: &mut Seen, value: i64) {
    *seen = (seen.0.wrapping_mul(31).wrapping_add(value), seen.1.wrapping_mul(31));
}

/// Later values behind earlier ones.
pub fn merge(into: &mut Seen, from: Seen) {
    *into = (into.0.wrapping_mul(from.1).wrapping_add(from.0), into.1.wrapping_mul(from.1));
}

/// Values in their order.
pub fn seen(values: &[i64]) -> Seen {
    let mut seen = (0, 1);
    values.iter().for_each(|value| step(&mut seen, *value));
    seen
}

/// Knows no merge: all records are added in order.
pub struct InOrder;
/// The same with a merge of earlier and later records.
pub struct Merging;
/// Merges in any order.
pub struct AnyOrder;
/// Panes are taken out of it.
pub struct Inverting;

impl Aggregator<Record> for InOrder {
    type State = Seen;
    type Output = i64;

    fn create(&self) -> Seen {
        (0, 1)
    }
    fn add(&self, state: &mut Seen, record: Record) {
        step(state, record.value);
    }
    fn output(&self, state: &Seen) -> i64 {
        state.0
    }
}

impl Aggregator<Record> for Merging {
    type State = Seen;
    type Output = i64;
    const MERGE: Option<Merge<Self, Seen>> = Some(|_, into, from| merge(into, *from));

    fn create(&self) -> Seen {
        (0, 1)
    }
    fn add(&self, state: &mut Seen, record: Record) {
        step(state, record.value);
    }
    fn output(&self, state: &Seen) -> i64 {
        state.0
    }
}

impl Aggregator<Record> for AnyOrder {
    type State = i64;
    type Output = i64;
    const MERGE: Option<Merge<Self, i64>> = Some(|_, into, from| *into += from);
    const ANY_ORDER: bool = true;

    fn create(&self) -> i64 {
        0
    }
    fn add(&self, state: &mut i64, record: Record) {
        *state += record.value * record.value;
    }
    fn output(&self, state: &i64) -> i64 {
        *state
    }
}

impl Aggregator<Record> for Inverting {
    type State = i64;
    type Output = i64;
    const MERGE: Option<Merge<Self, i64>> = Some(|_, into, from| *into += from);
    const INVERSE: Option<Inverse<Self, i64>> = Some(|_, all, leaving| *all -= leaving);

    fn create(&self) -> i64 {
        0
    }
    fn add(&self, state: &mut i64, record: Record) {
        *state += record.value * record.value;
    }
    fn output(&self, state: &i64) -> i64 {
        *state
    }
}

/// A float without its last digits. The offset keeps fractions of small numbers off the bounds.
pub fn rounded(value: f64) -> i64 {
    (value * 1e6 + std::f64::consts::FRAC_1_PI).floor() as i64
}

/// The mean square of the differences from the mean, written down.
pub fn variance(values: &[i64]) -> f64 {
    let mean = values.iter().sum::<i64>() as f64 / values.len() as f64;
    values.iter().map(|value| (*value as f64 - mean).powi(2)).sum::<f64>() / values.len() as f64
}

/// A power of two: one per cent of it does not make it another one.
pub fn power(r: &Record) -> i64 {
    1 << r.value.rem_euclid(8)
}

/// The exponent of the lower median.
pub fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    i64::from(values[(values.len() - 1) / 2].ilog2())
}
