//! Counters of values by their logarithm, for `quantiles` and `median`: DDSketch.
//!
//! Counters are added up, so results do not depend on the order of records or on how panes were merged. Digests and
//! samples (t-digest, KLL) depend on both.

use super::{Aggregate, Number, Project};
use sketches_ddsketch::{Config, DDSketch};

/// The counters of a group.
#[derive(Clone)]
pub struct Counters(pub(super) DDSketch);

impl Counters {
    pub(super) fn config() -> Config {
        // the accuracy relative to the value; the most counters; what counts as zero
        Config::new(0.01, 2048, 1.0e-9)
    }

    pub(super) fn new() -> Self {
        Counters(DDSketch::new(Self::config()))
    }

    pub(super) fn add(&mut self, value: f64) {
        // of infinity there is no logarithm, and what is no number has no place between others
        self.0.add(if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) });
    }

    pub(super) fn merge(&mut self, from: &Counters) {
        // only sketches of different accuracy do not merge, and all are made above
        let merged = self.0.merge(&from.0);
        debug_assert!(merged.is_ok());
    }

    pub(super) fn at(&self, share: f64) -> f64 {
        // no share, or no record
        self.0.quantile(share).ok().flatten().unwrap_or(f64::NAN)
    }
}

/// The values at given shares of what a projection gives.
pub struct Ranks<'a, J, const N: usize> {
    projection: J,
    shares: &'a [f64; N],
}

impl<'a, J, const N: usize> Ranks<'a, J, N> {
    pub(super) fn new(projection: J, shares: &'a [f64; N]) -> Self {
        Ranks { projection, shares }
    }
}

/// The value in the middle of what a projection gives.
pub struct Median<J>(pub J);

macro_rules! of_counters {
    ([$($generic:tt)*] $type:ty, $out:ty, |$this:ident, $counters:ident| $output:expr, $projection:tt) => {
        impl<$($generic)* T, J, V> Aggregate<T> for $type
        where
            J: Project<T, Value = V>,
            V: Number,
        {
            type Carry = f64;
            type Acc = Counters;
            type Out = $out;
            const UNDO: bool = false;
            const COMBINES: bool = false;
            const MERGES: bool = true;

            fn initial(&self) -> Counters {
                Counters::new()
            }
            #[inline(always)]
            fn lift(&self, item: T, _: u64) -> f64 {
                V::float(self.$projection.project(item).widen())
            }
            fn step(&self, accumulator: &mut Counters, carry: f64) {
                accumulator.add(carry);
            }
            fn merge(&self, into: &mut Counters, from: &Counters) {
                into.merge(from);
            }
            fn output(&self, accumulator: &Counters) -> $out {
                let ($this, $counters) = (self, accumulator);
                $output
            }
            #[inline(always)]
            fn copy(&self, carry: &f64) -> f64 {
                *carry
            }
        }
    };
}
of_counters!([const N: usize,] Ranks<'_, J, N>, [f64; N], |this, counters| this.shares.map(|share| counters.at(share)), projection);
of_counters!([] Median<J>, f64, |_this, counters| counters.at(0.5), 0);

#[cfg(test)]
mod tests {
    use super::*;

    fn counters(values: impl IntoIterator<Item = f64>) -> Counters {
        let mut counters = Counters::new();
        values.into_iter().for_each(|value| counters.add(value));
        counters
    }

    #[test]
    fn values_are_within_one_percent_also_below_zero() {
        let values = counters((-1000..=1000).map(f64::from));
        for (share, exact) in [(0.1, -800.0), (0.25, -500.0), (0.75, 500.0), (0.9, 800.0)] {
            let value = values.at(share);
            assert!((value / exact - 1.0).abs() < 0.0101, "{share}: {value}");
        }
        assert_eq!((values.at(0.0), values.at(0.5), values.at(1.0)), (-1000.0, 0.0, 1000.0));
    }

    #[test]
    fn what_is_no_share_is_no_number() {
        let values = counters([1.0]);
        assert!(values.at(1.1).is_nan() && values.at(-0.1).is_nan() && values.at(f64::NAN).is_nan());
    }

    #[test]
    fn numbers_that_are_none_or_without_end_do_no_harm() {
        let values = counters([f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE, -0.0, 7.0]);
        assert!(!values.at(0.5).is_nan());
    }

    #[test]
    fn order_and_merging_do_not_show() {
        let all = counters((0..5000).map(|value| f64::from(value).powi(3)));
        let mut merged = counters((2000..5000).rev().map(|value| f64::from(value).powi(3)));
        merged.merge(&counters((0..2000).map(|value| f64::from(value).powi(3))));
        for share in 0..=100 {
            let share = f64::from(share) / 100.0;
            assert_eq!(merged.at(share).to_bits(), all.at(share).to_bits());
        }
    }
}
