//! Where a job reads the time from.

use crate::source::Signal;
use std::fmt::Debug;
use std::time::{Duration, SystemTime};

/// The time of a job. Tests drive it by hand: [`ManualClock`](crate::testing::ManualClock).
pub trait Clock: Debug + Send + Sync {
    /// The time now. The batch clock is read once a batch and never goes back.
    fn now(&self) -> SystemTime;
    /// Waits until a source raises the signal, at most so long.
    fn wait(&self, signal: &Signal, timeout: Duration);
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
    fn wait(&self, signal: &Signal, timeout: Duration) {
        signal.wait(timeout);
    }
}
