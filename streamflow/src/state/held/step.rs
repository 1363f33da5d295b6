//! What an operator with the user's state does with one record, and with one value that is due.

use super::{Kept, Shard};
use crate::flow::{Timed, Untimed};
use crate::state::StoredKey;
use crate::window::{EventStamp, Stamp};

/// When a step runs.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The batch clock.
    pub now: i64,
    /// For a record: what its own partition had reached before it. For what is due: what the batch ends with.
    pub watermark: i64,
    /// What the batch before ended with.
    pub before: i64,
}

/// The rows of one lane, with the times that they carry.
pub type Rows<R, S> = Vec<(R, S)>;

/// What an operator keeps, and what it begins with.
pub trait Start {
    type Key: StoredKey;
    type Kept: Kept;

    /// Puts in what the user gave to begin with; called in the first batch.
    fn start(&self, shards: &mut [Shard<Self::Key, Self::Kept>], seed: u64, now: i64);

    /// Key and value in words.
    fn shape() -> String;
}

/// The step of an operator. It runs the user's code, so whatever it changes has been saved before.
pub trait Step<T, S>: Start {
    type Row;

    /// Takes a record.
    fn record(
        &self,
        at: Moment,
        key: &Self::Key,
        kept: &mut Option<Self::Kept>,
        record: (T, S),
        rows: &mut Rows<Self::Row, S>,
    );

    /// Something is due; afterwards it must not be due any more at this moment.
    fn due(&self, at: Moment, key: &Self::Key, kept: &mut Option<Self::Kept>, rows: &mut Rows<Self::Row, S>);
}

/// The time of a row, in a stream with times or without.
pub trait RowStamp: Stamp {
    /// Does the stream carry times?
    const TIMED: bool;
    fn at(time: i64, watermark: i64) -> Self;
}

impl RowStamp for EventStamp {
    const TIMED: bool = true;
    fn at(time: i64, watermark: i64) -> Self {
        EventStamp { time, watermark }
    }
}

impl RowStamp for () {
    const TIMED: bool = false;
    fn at(_: i64, _: i64) -> Self {}
}

/// What records of a stream carry besides their value, by whether it has times.
pub trait Stamped {
    type Stamp: RowStamp;
}
impl Stamped for Timed {
    type Stamp = EventStamp;
}
impl Stamped for Untimed {
    type Stamp = ();
}
