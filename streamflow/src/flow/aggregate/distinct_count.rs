//! HyperLogLog: how many different hashes there were, from registers or, while they are few, from the hashes themselves.
//!
//! The estimator is that of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017): a function of
//! the registers alone, so that results do not depend on the order of records or on how panes were merged, and without
//! tables of corrections. The libraries at hand estimate from the history of updates, which depends on both.

use super::{Aggregate, Project};
use crate::State;
use crate::state::{Key, Probe};

/// Bits of a hash that choose a register.
const PRECISION: u32 = 12;
const REGISTERS: usize = 1 << PRECISION;
/// So many hashes take the room of the registers.
const FEW: usize = REGISTERS / size_of::<u64>();
/// The longest run that a register can hold.
const LONGEST: usize = (64 - PRECISION) as usize + 1;
/// Fixed: the same values give the same result in every run.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Which hashes there were, exactly or by registers.
#[derive(Clone, Debug, PartialEq, State)]
#[state(check = Hashes::check)]
pub enum Hashes {
    /// Sorted.
    Few(Vec<u64>),
    /// For each register the longest run of zeros that was seen, and one.
    Many(Box<[u8; REGISTERS]>),
}

impl Hashes {
    /// What damaged bytes must not bring in: registers count runs, and are counted by them.
    fn check(&self) -> Result<(), &'static str> {
        match self {
            Hashes::Few(hashes) if hashes.len() > FEW || !hashes.is_sorted_by(|a, b| a < b) => {
                Err("hashes are too many or out of order")
            }
            Hashes::Many(registers) if registers.iter().any(|run| usize::from(*run) > LONGEST) => {
                Err("a register holds a longer run than there is")
            }
            _ => Ok(()),
        }
    }
}

/// Spreads all bits over all bits: keys are hashed for tables, where less will do.
#[inline(always)]
fn spread(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[inline(always)]
fn observe(registers: &mut [u8; REGISTERS], hash: u64) {
    let register = &mut registers[(hash >> (64 - PRECISION)) as usize];
    // the bit below the zeros ends a run of nothing but zeros
    let run = ((hash << PRECISION) | (1 << (PRECISION - 1))).leading_zeros() as u8 + 1;
    *register = run.max(*register);
}

impl Hashes {
    #[inline(always)]
    fn add(&mut self, hash: u64) {
        match self {
            Hashes::Many(registers) => observe(registers, hash),
            Hashes::Few(_) => self.add_few(hash),
        }
    }

    fn add_few(&mut self, hash: u64) {
        let Hashes::Few(hashes) = self else { return };
        let Err(place) = hashes.binary_search(&hash) else { return };
        if hashes.len() < FEW {
            hashes.insert(place, hash);
            return;
        }
        let mut registers = Box::new([0; REGISTERS]);
        hashes.iter().for_each(|hash| observe(&mut registers, *hash));
        observe(&mut registers, hash);
        *self = Hashes::Many(registers);
    }

    fn merge(&mut self, from: &Hashes) {
        match (&mut *self, from) {
            (_, Hashes::Few(hashes)) => hashes.iter().for_each(|hash| self.add(*hash)),
            (Hashes::Few(hashes), Hashes::Many(registers)) => {
                let mut registers = registers.clone();
                hashes.iter().for_each(|hash| observe(&mut registers, *hash));
                *self = Hashes::Many(registers);
            }
            (Hashes::Many(into), Hashes::Many(from)) => {
                into.iter_mut().zip(from.iter()).for_each(|(into, from)| *into = (*into).max(*from));
            }
        }
    }

    fn estimate(&self) -> u64 {
        let registers = match self {
            Hashes::Few(hashes) => return hashes.len() as u64,
            Hashes::Many(registers) => registers,
        };
        let mut runs = [0u32; LONGEST + 1];
        registers.iter().for_each(|run| runs[usize::from(*run)] += 1);
        let all = REGISTERS as f64;
        let mut sum = all * missed(1.0 - f64::from(runs[LONGEST]) / all);
        for run in (1..LONGEST).rev() {
            sum = 0.5 * (sum + f64::from(runs[run]));
        }
        sum += all * unseen(f64::from(runs[0]) / all);
        (all * all / (2.0 * std::f64::consts::LN_2 * sum)).round() as u64
    }
}

/// Ertl's sigma: what registers add that nothing has reached.
fn unseen(share: f64) -> f64 {
    let (mut power, mut weight, mut sum) = (share, 1.0, share);
    loop {
        power *= power;
        let before = sum;
        sum += power * weight;
        weight += weight;
        // a share of one does not end here: at least 513 different hashes have reached some register
        if sum == before {
            return sum;
        }
    }
}

/// Ertl's tau: what full registers have missed.
fn missed(share: f64) -> f64 {
    if share == 0.0 || share == 1.0 {
        return 0.0;
    }
    let (mut root, mut weight, mut sum) = (share, 1.0, 1.0 - share);
    loop {
        root = root.sqrt();
        let before = sum;
        weight *= 0.5;
        sum -= (1.0 - root) * (1.0 - root) * weight;
        if sum == before {
            return sum / 3.0;
        }
    }
}

/// About how many different values a projection gives.
pub struct DistinctCount<J>(pub J);

impl<T, J, V> Aggregate<T> for DistinctCount<J>
where
    J: Project<T, Value = V>,
    V: Key,
{
    type Carry = u64;
    type Acc = Hashes;
    type Out = u64;
    const UNDO: bool = false;
    const COMBINES: bool = false;
    const MERGES: bool = true;

    fn initial(&self) -> Hashes {
        Hashes::Few(Vec::new())
    }
    #[inline(always)]
    fn lift(&self, item: T, _: u64) -> u64 {
        spread(self.0.project(item).probe().hash(SEED))
    }
    #[inline(always)]
    fn step(&self, accumulator: &mut Hashes, carry: u64) {
        accumulator.add(carry);
    }
    fn merge(&self, into: &mut Hashes, from: &Hashes) {
        into.merge(from);
    }
    fn output(&self, accumulator: &Hashes) -> u64 {
        accumulator.estimate()
    }
    #[inline(always)]
    fn copy(&self, carry: &u64) -> u64 {
        *carry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(value: u64) -> u64 {
        spread(value.probe().hash(SEED))
    }

    fn of(values: impl IntoIterator<Item = u64>) -> Hashes {
        let mut hashes = Hashes::Few(vec![]);
        values.into_iter().for_each(|value| hashes.add(hash(value)));
        hashes
    }

    #[test]
    fn few_values_are_counted_exactly() {
        for count in [0, 1, 2, 511, 512] {
            assert_eq!(of((0..count).chain(0..count)).estimate(), count);
        }
    }

    #[test]
    fn many_values_are_within_four_standard_errors() {
        // 1.04 / sqrt(4096) = 1.6 %
        for count in [513u64, 700, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000] {
            for offset in [0, 1 << 40] {
                let estimate = of(offset..offset + count).estimate() as f64;
                let error = (estimate - count as f64).abs() / count as f64;
                assert!(error < 0.065, "{count}: {estimate}");
            }
        }
    }

    #[test]
    fn texts_are_spread_as_well_as_numbers() {
        let mut hashes = Hashes::Few(vec![]);
        for number in 0..50_000 {
            let text = format!("user-{number}");
            hashes.add(spread(text.as_str().probe().hash(SEED)));
        }
        let error = (hashes.estimate() as f64 - 50_000.0).abs() / 50_000.0;
        assert!(error < 0.065, "{error}");
    }

    #[test]
    fn order_and_merging_do_not_show() {
        let all = of(0..5_000);
        assert_eq!(of((0..5_000).rev()), all);
        for cut in [10, 400, 4_600, 4_990, 2_500] {
            let mut merged = of(0..cut);
            merged.merge(&of(cut - 5..5_000));
            assert_eq!(merged, all, "{cut}");
        }
        let mut few = of(0..300);
        few.merge(&of(200..500));
        assert_eq!(few.estimate(), 500);
    }

    #[test]
    fn registers_that_are_full_still_give_a_number() {
        let full = Hashes::Many(Box::new([LONGEST as u8; REGISTERS]));
        assert!(full.estimate() > 1 << 60);
        let mut registers = Box::new([0; REGISTERS]);
        observe(&mut registers, 0);
        assert_eq!(usize::from(registers[0]), LONGEST);
    }
}
