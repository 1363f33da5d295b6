//! Floor division by a number that stays the same: a multiplication and a correction in place of a division a record.

/// A divisor, prepared.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Divisor {
    by: u64,
    /// `2^64 / by`, rounded down.
    reciprocal: u64,
    /// A multiple of the divisor that lifts every `i64` above zero, less the origin; and the quotient it stands for.
    lift: u64,
    lifted: u64,
    /// What is taken from each number before.
    origin: i64,
    /// From here on numbers would leave the range when they are lifted: they are divided.
    beyond: i64,
    exact: i64,
}

impl Divisor {
    /// Prepares a positive divisor, and what is taken from each number before.
    pub fn new(by: i64, origin: i64) -> Self {
        let exact = by.max(1);
        // lifted numbers fit under this; by more than it all are divided
        let by = exact.min(1 << 61) as u64;
        let lifted = (1u64 << 63).div_ceil(by) + 1; // one more: the rest of the origin is taken from it
        // by 1 the true reciprocal is 2^64; one less is corrected like any other rounding
        let reciprocal = u64::try_from((1u128 << 64) / u128::from(by)).unwrap_or(u64::MAX);
        let (whole, rest) = (origin.div_euclid(by as i64), origin.rem_euclid(by as i64) as u64);
        let lift = lifted * by - rest;
        let beyond = if exact > 1 << 61 { i64::MIN } else { (u64::MAX - lift) as i64 + 1 };
        Divisor { by, reciprocal, lift, lifted: lifted.wrapping_add(whole as u64), origin, beyond, exact }
    }

    /// `(number - origin) / by`, rounded towards minus infinity.
    #[inline(always)]
    pub fn floor(&self, number: i64) -> i64 {
        if number >= self.beyond {
            return self.divided(number);
        }
        let number = (number as u64).wrapping_add(self.lift);
        // the reciprocal is less than one too small, so the quotient is right or one too small
        let quotient = ((u128::from(number) * u128::from(self.reciprocal)) >> 64) as u64;
        let rest = number - quotient * self.by;
        (quotient + u64::from(rest >= self.by)).wrapping_sub(self.lifted) as i64
    }

    /// Within two divisors of `i64::MAX`, where no calendar reaches.
    #[cold]
    fn divided(&self, number: i64) -> i64 {
        (i128::from(number) - i128::from(self.origin)).div_euclid(i128::from(self.exact)) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_096))]
        #[test]
        fn equals_floor_division(
            number in any::<i64>(), by in 1i64..=i64::MAX, small in 1i64..2_000_000, origin in -(1i64 << 40)..1 << 40,
        ) {
            for (by, origin) in [(by, 0), (small, 0), (1, 0), (small, origin), (1, origin), (by, origin)] {
                let divisor = Divisor::new(by, origin);
                for number in [number, number >> 20, i64::MIN, i64::MAX, divisor.beyond, divisor.beyond.saturating_sub(1), 0, -1, by, -by, by - 1] {
                    let exact = (i128::from(number) - i128::from(origin)).div_euclid(i128::from(by));
                    prop_assert_eq!(divisor.floor(number), exact as i64, "({} - {}) / {}", number, origin, by);
                }
            }
        }
    }
}
