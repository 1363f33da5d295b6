//! What `sum` and `mean` can add up.

use crate::state::State;

/// A number that `sum` and `mean` accept.
///
/// Integers of up to 64 bits are added in 64 bits, `f32` in `f64`. Integer sums wrap around at the end of their
/// range, as Spark's and Flink's do; project to `i128` where 64 bits may not be enough. Floats are added in
/// source order, never in an order that threads decide.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that can be added up",
    label = "`sum` and `mean` need a number",
    note = "say what to add: `sum(|item| item.amount)`"
)]
pub trait Number: Copy + Send {
    /// The type of the sum.
    type Sum: State + Copy;
    /// True where the order of additions cannot show in the result, and what was added can be subtracted without a trace.
    const EXACT: bool;
    /// The sum of nothing.
    const ZERO: Self::Sum;
    /// This number as a sum of one.
    fn widen(self) -> Self::Sum;
    /// Adds two sums.
    fn add(a: Self::Sum, b: Self::Sum) -> Self::Sum;
    /// Takes the second sum out of the first; exact where `EXACT`.
    fn subtract(a: Self::Sum, b: Self::Sum) -> Self::Sum;
    /// The sum as a float, for `mean`.
    fn float(sum: Self::Sum) -> f64;
}

macro_rules! numbers {
    ($($($type:ty),* => $sum:ty, $exact:literal, |$a:ident, $b:ident| $add:expr, $subtract:expr;)*) => {$($(
        impl Number for $type {
            type Sum = $sum;
            const EXACT: bool = $exact;
            const ZERO: $sum = 0 as $sum;
            #[inline(always)]
            fn widen(self) -> $sum {
                self as $sum
            }
            #[inline(always)]
            fn add($a: $sum, $b: $sum) -> $sum {
                $add
            }
            #[inline(always)]
            fn subtract($a: $sum, $b: $sum) -> $sum {
                $subtract
            }
            #[inline(always)]
            fn float(sum: $sum) -> f64 {
                sum as f64
            }
        }
    )*)*};
}
numbers! {
    u8, u16, u32, u64, usize => u64, true, |a, b| a.wrapping_add(b), a.wrapping_sub(b);
    i8, i16, i32, i64, isize => i64, true, |a, b| a.wrapping_add(b), a.wrapping_sub(b);
    u128 => u128, true, |a, b| a.wrapping_add(b), a.wrapping_sub(b);
    i128 => i128, true, |a, b| a.wrapping_add(b), a.wrapping_sub(b);
    f32, f64 => f64, false, |a, b| a + b, a - b;
}
