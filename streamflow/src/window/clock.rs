//! The clocks of windows: event time, and the batch clock.

use super::Window;
use crate::flow::{Timed, Timing, Untimed};
use crate::job::turn::ChunkInfo;

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

/// Windows over whole batches: a record belongs to the number of its batch.
#[derive(Clone, Copy, Debug)]
pub struct Batches;

/// Windows over the order in which records come; the times in their rows are those of the records, else the batch clock.
#[derive(Clone, Copy, Debug)]
pub struct Arrival;

/// The clocks that `clock = ..` may name.
pub trait OfTime {}
impl OfTime for Event {}
impl OfTime for Processing {}

/// Which clock it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockKind {
    /// That of the records.
    Event,
    /// The batch clock.
    Processing,
    /// The number of the batch.
    Batches,
}

/// What a record carries to its window besides its value.
pub trait Stamp: Copy + Send {
    /// Does it say a time?
    const TIMED: bool;
    /// The record's time, given that of its batch.
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
    const TIMED: bool = true;
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
    const TIMED: bool = false;
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

impl ClockKind {
    /// What windows have reached for the records of a chunk. The watermark of its partition is a moment in event time: windows on other
    /// clocks, also over a stream with timestamps, must not compare with it.
    pub(super) fn reached(self, chunk: &ChunkInfo, closed: i64) -> i64 {
        match self {
            ClockKind::Event => chunk.watermark.max(closed),
            ClockKind::Processing | ClockKind::Batches => closed,
        }
    }
}

/// A clock of windows.
pub trait Clock {
    /// What records carry.
    type Stamp: Stamp;
    /// Do results carry times?
    type Time: Timing<Stamp = Self::Stamp>;
    /// Which clock it is.
    const KIND: ClockKind;
}

impl Clock for Event {
    type Stamp = EventStamp;
    type Time = Timed;
    const KIND: ClockKind = ClockKind::Event;
}

impl Clock for Processing {
    type Stamp = ();
    type Time = Untimed;
    const KIND: ClockKind = ClockKind::Processing;
}

impl Clock for Batches {
    type Stamp = ();
    type Time = Untimed;
    const KIND: ClockKind = ClockKind::Batches;
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

impl<K> WindowOn<Timed> for Window<Event, K> {
    type Clock = Event;
}

impl<Time, K> WindowOn<Time> for Window<Processing, K> {
    type Clock = Processing;
}

impl<Time, K> WindowOn<Time> for Window<Batches, K> {
    type Clock = Batches;
}

impl<K> WindowOn<Timed> for Window<Arrival, K> {
    type Clock = Event;
}

impl<K> WindowOn<Untimed> for Window<Arrival, K> {
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
