//! What an operator with the user's state does with one record, and with one value that is due.

use super::{Kept, Shard};
use crate::state::StoredKey;

/// When a step runs.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The batch clock.
    pub now: i64,
    /// For a record: what its own partition had reached before it. For what is due: what the batch ends with, `i64::MAX` where the
    /// end is concluded; `i64::MIN` behind that, when nothing in event time is due any more.
    pub watermark: i64,
    /// What the batch before ended with; never `i64::MAX`, which would make every row late.
    pub before: i64,
    /// The latest event time of all records so far.
    pub latest: i64,
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
pub trait KeyStep<T, S>: Start {
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
