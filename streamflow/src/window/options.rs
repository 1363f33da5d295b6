//! What may be said about a window besides what it holds: when it is shown, and how long it stays.

use super::micros;
use std::ops::Neg;
use std::time::Duration;

/// When a window is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emit {
    /// When it closes; the default. `emit = final`.
    #[default]
    Final,
    /// At the end of each batch that has changed it. `emit = changes`. Closing adds no row: all has been shown.
    Changes,
    /// What has changed, at most so often by the batch clock, and again when the window closes. `emit = early(1s)`.
    Early(Duration),
}

/// The offset of a window's grid from 1970-01-01T00:00:00Z; may be negative.
///
/// ```
/// use std::time::Duration;
/// use streamflow::window::{Offset, tumbling};
///
/// let shanghai = tumbling(Duration::from_secs(86_400)).offset(-Offset::from(Duration::from_secs(8 * 3_600)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offset(i64);

impl Offset {
    pub(crate) fn micros(self) -> i64 {
        self.0
    }
}

impl From<Duration> for Offset {
    fn from(duration: Duration) -> Self {
        Offset(micros(duration))
    }
}

impl Neg for Offset {
    type Output = Offset;
    fn neg(self) -> Offset {
        Offset(-self.0)
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub lateness: i64,
    pub emit: Emit,
    pub purge: bool,
    pub keep_empty: bool,
}

impl Options {
    /// Behind this a window that ends here is gone.
    #[inline]
    pub fn expiry(&self, end: i64) -> i64 {
        end.saturating_add(self.lateness)
    }
}
