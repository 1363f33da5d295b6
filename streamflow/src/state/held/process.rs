//! What `process` keeps for a key: the user's state and its timers, and what its functions see of them.

use super::timers::Timers;
use super::{Due, Kept, NEVER};
use crate::Timestamp;
use crate::state::{State, StoredKey};

/// A state with its timers. Timers are state: they are taken back with a batch.
#[derive(Clone, crate::State)]
pub struct Processed<S> {
    pub state: S,
    pub events: Timers,
    pub clocks: Timers,
    /// On the batch clock; the key is forgotten there.
    pub until: i64,
    /// The time of the latest record.
    pub latest: i64,
}

impl<S: State> Kept for Processed<S> {
    fn due(&self) -> Due {
        let first = |timers: &Timers| timers.first().unwrap_or(NEVER);
        Due { event: first(&self.events), clock: first(&self.clocks).min(self.until) }
    }
}

/// What the functions of [`process`](crate::Flow::process) see and do: the key, its state, times, timers and results.
pub struct Context<'c, K: StoredKey, S, U> {
    /// The state of the key; a clone of the initial one at its first record.
    pub state: &'c mut S,
    pub(crate) key: &'c K,
    pub(crate) time: Option<i64>,
    pub(crate) watermark: i64,
    pub(crate) now: i64,
    pub(crate) timed: bool,
    pub(crate) events: &'c mut Timers,
    pub(crate) clocks: &'c mut Timers,
    pub(crate) forgotten: bool,
    pub(crate) emit: &'c mut dyn FnMut(U),
}

impl<'c, K: StoredKey, S, U> Context<'c, K, S, U> {
    /// The key.
    pub fn key(&self) -> K::Ref<'c> {
        self.key.view()
    }

    /// Gives a result. It carries the time of the record, or of the timer.
    pub fn emit(&mut self, result: U) {
        (self.emit)(result);
    }

    /// When the record happened, if the stream has timestamps; in `on_timer` the time of the timer.
    pub fn time(&self) -> Option<Timestamp> {
        self.time.map(Timestamp::from_micros)
    }

    /// How far event time had come before this record, or where the batch ends for a timer. `None` without timestamps, before the first
    /// record, and at the end of the input, when everything has come.
    pub fn watermark(&self) -> Option<Timestamp> {
        (self.watermark != i64::MIN && self.watermark != i64::MAX).then(|| Timestamp::from_micros(self.watermark))
    }

    /// The batch clock.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    /// Calls `on_timer` when event time reaches this moment: the watermark. One timer a key and moment.
    ///
    /// # Panics
    /// If the stream has no timestamps.
    #[track_caller]
    pub fn set_timer(&mut self, at: Timestamp) {
        assert!(
            self.timed,
            "a timer in event time needs a stream with timestamps: insert `timestamp(|item| ..)` before `key_by`, or use `set_clock_timer`"
        );
        // the last moment that can be written is never reached
        self.events.insert(at.as_micros().min(NEVER - 1));
    }

    /// Takes an event-time timer back.
    pub fn delete_timer(&mut self, at: Timestamp) {
        self.events.remove(at.as_micros());
    }

    /// Calls `on_timer` when the batch clock reaches this moment. One timer a key and moment.
    pub fn set_clock_timer(&mut self, at: Timestamp) {
        self.clocks.insert(at.as_micros().min(NEVER - 1));
    }

    /// Takes a timer on the batch clock back.
    pub fn delete_clock_timer(&mut self, at: Timestamp) {
        self.clocks.remove(at.as_micros());
    }

    /// Forgets the key after this call: its state and its timers.
    pub fn forget(&mut self) {
        self.forgotten = true;
    }
}
