//! How long keys without records are kept.

use std::time::Duration;

/// A timeout, or the word `unbounded`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how long a key without records is kept",
    label = "a timeout is a duration",
    note = "write `timeout = 30m`, or `timeout = unbounded` if the keys are few and known"
)]
pub trait Expiry {
    /// In microseconds; `None`: for ever.
    fn micros(&self) -> Option<i64>;
}

impl Expiry for Duration {
    fn micros(&self) -> Option<i64> {
        Some(crate::window::micros(*self))
    }
}

/// No timeout: `timeout = unbounded`.
#[derive(Clone, Copy, Debug)]
pub struct Unbounded;

impl Expiry for Unbounded {
    fn micros(&self) -> Option<i64> {
        None
    }
}

/// `timeout = unbounded`
#[allow(non_upper_case_globals)]
pub const unbounded: Unbounded = Unbounded;
