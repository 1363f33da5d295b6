//! W1: `map -> filter -> map -> sum` over numbers in memory. Half of them pass the filter, and no predictor can learn which.

use super::{How, Outcome, Start, run};
use crate::support::Random;
use streamflow::{Error, Report, Sink, source, stream};

pub fn input(numbers: usize) -> Vec<u64> {
    let mut random = Random(7);
    (0..numbers).map(|_| random.next()).collect()
}

/// The sum so far, with every batch: the last one holds.
pub fn flow(numbers: &[u64], start: &Start<'_>, sink: impl Sink<u64>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "w1"]
        source::slice(numbers)
            -> map(|x| *x ^ (*x >> 3))
            -> filter(|x| x % 2 == 0)
            -> map(|x| x.wrapping_add(7))
            -> sum() as total
            -> sink
    };
    run!(start, job)
}

pub fn pipeline(numbers: &[u64], how: &How<'_>) -> Result<Outcome, Error> {
    let mut sums = Vec::new();
    let report = flow(numbers, &how.into(), &mut sums)?;
    Ok(Outcome::of(sums.last().copied().unwrap_or(0), report))
}

/// A mask in place of the branch.
pub fn hand(numbers: &[u64]) -> u64 {
    let mut total = 0u64;
    for x in numbers {
        let x = *x ^ (*x >> 3);
        let passes = (x & 1).wrapping_sub(1);
        total = total.wrapping_add(x.wrapping_add(7) & passes);
    }
    total
}
