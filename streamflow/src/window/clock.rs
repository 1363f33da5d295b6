//! The clocks of windows: event time, and the batch clock.

use super::Window;
use crate::flow::{Timed, Timing, Untimed};

/// Windows over the timestamps of the records; the default.
#[derive(Clone, Copy, Debug)]
pub struct Event;

/// Windows over the batch clock: a record belongs to the window in which its batch is formed.
///
/// Results depend on when records arrive and on how they are cut into batches.
#[derive(Clone, Copy, Debug)]
pub struct Processing;

/// `clock = processing` in a window.
#[allow(non_upper_case_globals)]
pub const processing: Processing = Processing;

/// What a record carries to its window besides its value.
pub trait Stamp: Copy + Send {
    /// The record's time, given the batch clock.
    fn time(self, now: i64) -> i64;
    /// The watermark of the record's partition just before the record, as far as its chunk knows.
    fn watermark(self) -> i64;
    /// The stamp of a result: its time, and how far its input had come before.
    fn of(time: i64, watermark: i64) -> Self;
    /// The stamp once it is known how far the partition had come before the chunk.
    #[must_use]
    fn after(self, watermark: i64) -> Self;
}

/// Time and watermark of a record in event time.
#[derive(Clone, Copy, Debug)]
pub struct EventStamp {
    pub(crate) time: i64,
    pub(crate) watermark: i64,
}

impl Stamp for EventStamp {
    #[inline(always)]
    fn time(self, _: i64) -> i64 {
        self.time
    }
    #[inline(always)]
    fn watermark(self) -> i64 {
        self.watermark
    }
    #[inline(always)]
    fn of(time: i64, watermark: i64) -> Self {
        EventStamp { time, watermark }
    }
    #[inline(always)]
    fn after(self, watermark: i64) -> Self {
        EventStamp { watermark: self.watermark.max(watermark), ..self }
    }
}

impl Stamp for () {
    #[inline(always)]
    fn time(self, now: i64) -> i64 {
        now
    }
    #[inline(always)]
    fn watermark(self) -> i64 {
        i64::MIN
    }
    #[inline(always)]
    fn of(_: i64, _: i64) {}
    #[inline(always)]
    fn after(self, _: i64) {}
}

/// A clock of windows.
pub trait Clock {
    /// What records carry.
    type Stamp: Stamp;
    /// Do results carry times?
    type Time: Timing<Stamp = Self::Stamp>;
    /// Is it the batch clock?
    const PROCESSING: bool;
}

impl Clock for Event {
    type Stamp = EventStamp;
    type Time = Timed;
    const PROCESSING: bool = false;
}

impl Clock for Processing {
    type Stamp = ();
    type Time = Untimed;
    const PROCESSING: bool = true;
}

/// A window that fits a stream with or without timestamps.
#[diagnostic::on_unimplemented(
    message = "an event-time window needs timestamps, but this stream carries none",
    label = "this window is over event time",
    note = "insert `timestamp(|item| ..)` before the window, or use the batch clock: `tumbling(10s, clock = processing)`"
)]
pub trait WindowOn<Time> {
    /// The clock.
    type Clock: Clock;
}

impl WindowOn<Timed> for Window<Event> {
    type Clock = Event;
}

impl<Time> WindowOn<Time> for Window<Processing> {
    type Clock = Processing;
}

/// The stamp that a window's clock takes of a record: nothing, where the clock is the batch clock.
pub trait Fit<S> {
    /// The stamp as it is taken.
    fn fit(self) -> S;
}
impl Fit<EventStamp> for EventStamp {
    #[inline(always)]
    fn fit(self) -> EventStamp {
        self
    }
}
impl Fit<()> for EventStamp {
    #[inline(always)]
    fn fit(self) {}
}
impl Fit<()> for () {
    #[inline(always)]
    fn fit(self) {}
}
