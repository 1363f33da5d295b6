//! Values that user code keeps for each key: any key may lose its value, and a value may become due at a time.

pub(crate) mod all;
// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod bounded;
#[allow(clippy::module_inception)]
mod held;
mod key_state;
pub(crate) mod process;
// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod run;
mod shard;
pub(crate) mod slot;
pub(crate) mod snapshots;
#[allow(missing_docs)]
pub(crate) mod step;
#[cfg(test)]
mod tests;
mod timers;
pub(crate) mod update;

pub use held::{Held, Initial, InitialKey};
pub use key_state::KeyState;
pub use process::Context;
pub use shard::Shard;
pub use slot::HeldSlot;
pub use step::{KeyStep, Moment, Start};
pub(crate) use timers::Timers;

/// Never due.
pub(crate) const NEVER: i64 = i64::MAX;

/// When something must be done with a value, without a record: in event time, and on the batch clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub event: i64,
    pub clock: i64,
}

impl Due {
    pub const NEVER: Due = Due { event: NEVER, clock: NEVER };

    /// Has one of both times come?
    pub fn reached(self, watermark: i64, now: i64) -> bool {
        (self.event != NEVER && self.event <= watermark) || self.clock <= now
    }
}

/// What a slot holds for a key. Its old form is cloned at the first touch of a batch.
pub trait Kept: crate::State {
    /// When it is due; looked at when the batch is final.
    fn due(&self) -> Due {
        Due::NEVER
    }
}
