//! Count, mean and squared distances of numbers, for `variance` and `std_dev`.

use super::{Aggregate, Number, Project};
use crate::State;

/// Count, mean, and the sum of squared distances from the mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, State)]
pub struct Moments {
    count: u64,
    mean: f64,
    squares: f64,
}

impl Moments {
    /// Welford's step.
    #[inline(always)]
    fn add(&mut self, number: f64) {
        self.count += 1;
        let distance = number - self.mean;
        self.mean += distance / self.count as f64;
        self.squares += distance * (number - self.mean);
    }

    /// Chan's merge.
    fn merge(&mut self, from: &Moments) {
        if self.count == 0 {
            *self = *from;
        } else if from.count > 0 {
            let (here, there) = (self.count as f64, from.count as f64);
            let distance = from.mean - self.mean;
            self.mean += distance * there / (here + there);
            self.squares += from.squares + distance * distance * here * there / (here + there);
            self.count += from.count;
        }
    }

    fn variance(&self, sample: bool) -> f64 {
        self.squares / (self.count as f64 - f64::from(u8::from(sample)))
    }
}

/// Variance or standard deviation of what a projection gives.
pub struct Spread<J> {
    projection: J,
    root: bool,
    sample: bool,
}

impl<J> Spread<J> {
    pub(super) fn new(projection: J, root: bool) -> Self {
        Spread { projection, root, sample: false }
    }

    /// The option `sample = true`.
    #[must_use]
    pub fn sample(self, sample: &bool) -> Self {
        Spread { sample: *sample, ..self }
    }
}

impl<T, J, V> Aggregate<T> for Spread<J>
where
    J: Project<T, Value = V>,
    V: Number,
{
    type Carry = f64;
    type Acc = Moments;
    type Out = f64;
    const UNDO: bool = false;
    const COMBINES: bool = false;
    const MERGES: bool = true;

    #[inline(always)]
    fn initial(&self) -> Moments {
        Moments::default()
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> f64 {
        V::float(self.projection.project(item).widen())
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Moments, carry: f64) {
        accumulator.add(carry);
    }
    #[inline(always)]
    fn merge(&self, into: &mut Moments, from: &Moments) {
        into.merge(from);
    }
    #[inline(always)]
    fn output(&self, accumulator: &Moments) -> f64 {
        let variance = accumulator.variance(self.sample);
        if self.root { variance.sqrt() } else { variance }
    }
    #[inline(always)]
    fn copy(&self, carry: &f64) -> f64 {
        *carry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(numbers: &[f64]) -> Moments {
        let mut moments = Moments::default();
        numbers.iter().for_each(|number| moments.add(*number));
        moments
    }

    #[test]
    fn a_large_mean_does_not_cancel_a_small_spread() {
        let numbers: Vec<f64> = (0..1000).map(|i| 1e9 + f64::from(i % 2)).collect();
        assert!((moments(&numbers).variance(false) - 0.25).abs() < 1e-9);
    }

    #[test]
    fn a_sample_of_one_has_no_variance() {
        assert_eq!(moments(&[3.0]).variance(false), 0.0);
        assert!(moments(&[3.0]).variance(true).is_nan());
        assert_eq!(moments(&[1.0, 3.0]).variance(true), 2.0);
    }

    #[test]
    fn merged_moments_are_those_of_all() {
        let mut left = moments(&[1.0, 2.0, 4.0]);
        left.merge(&moments(&[]));
        left.merge(&moments(&[8.0, 16.0]));
        let all = moments(&[1.0, 2.0, 4.0, 8.0, 16.0]);
        assert!((left.variance(false) - all.variance(false)).abs() < 1e-12 && left.count == 5);
        let mut empty = Moments::default();
        empty.merge(&all);
        assert_eq!(empty, all);
    }
}
