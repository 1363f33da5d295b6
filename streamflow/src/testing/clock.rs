//! A clock that is set by hand.

use crate::job::Clock;
use crate::source::Signal;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// A clock that stands still until it is moved. Clones share their time.
///
/// A job that waits moves it by what it would have waited, if [`runs`](ManualClock::runs) said so: then hours of input pass in no time.
///
/// ```
/// # use std::time::Duration;
/// # use streamflow::{stream, source, Clock, testing::ManualClock};
/// let clock = ManualClock::at(Duration::from_secs(100)).runs();
/// let mut rows = Vec::new();
/// stream! {
///     source::batches(vec![vec![1, 2], vec![], vec![3]])
///         -> window(tumbling(10s, clock = processing))
///         -> count()
///         -> map(|row| (row.start.as_secs(), row.value))
///         -> &mut rows
/// }
/// .clock(clock.clone())
/// .run()?;
/// assert_eq!(rows.iter().map(|row| row.1).sum::<u64>(), 3);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    now: Arc<Mutex<Duration>>,
    runs: bool,
}

impl ManualClock {
    /// A clock that stands at this time since 1970.
    #[must_use]
    pub fn at(since_1970: Duration) -> Self {
        ManualClock { now: Arc::new(Mutex::new(since_1970)), runs: false }
    }

    /// Waiting moves the clock instead of taking time.
    #[must_use]
    pub fn runs(self) -> Self {
        ManualClock { runs: true, ..self }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().unwrap_or_else(|e| e.into_inner()) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + *self.now.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn wait(&self, signal: &Signal, timeout: Duration) {
        if self.runs {
            self.advance(timeout);
        } else {
            // someone else moves the clock: look at it often
            signal.wait(timeout.min(Duration::from_millis(1)));
        }
    }
}
