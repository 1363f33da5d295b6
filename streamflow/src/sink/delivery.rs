//! What a sink promises about results that are sent again after a crash, and the words it is asked in.

/// Who may write: a run of a job with a checkpoint directory. Each start has a higher generation than all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// A random number that the checkpoint directory got when it was made. Another one: the epochs of what a sink holds
    /// mean something else.
    pub incarnation: u64,
    /// The number of this start.
    pub generation: u64,
}

/// What a sink holds of earlier runs, where it can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The highest generation that has fenced it.
    pub generation: Option<u64>,
    /// The last epoch it holds of this incarnation.
    pub epoch: Option<u64>,
}

/// What became of the results of a batch that is not committed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// They have left. After a crash they may leave again.
    Delivered,
    /// The log keeps these bytes until the sink has got them back: the results, or the name of a transaction.
    Logged(Vec<u8>),
}

/// A sink to which the same results of the same epoch may be sent twice, and it holds them once: files by name, a file that is
/// written at a known place, an upsert by key.
///
/// Fits `#![delivery(exactly_once)]`. Its [`prepare`](super::Sink::prepare) gives the results to the log.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take part in exactly-once delivery",
    label = "results that are sent again after a crash would be there twice"
)]
pub trait Idempotent {}

/// A sink with transactions that outlive the process: prepared under a name before the commit of the log, committed after it.
///
/// Fits `#![delivery(exactly_once)]`.
pub trait Transactional {}

/// A sink that stores the epoch together with the results, in one transaction of its own. Its epoch is the truth.
///
/// Fits `#![delivery(exactly_once)]`.
pub trait OffsetStoring {}
