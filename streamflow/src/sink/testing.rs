//! A small stand-in for the engine: it fills the parts of a batch and delivers them.

use super::{BatchInfo, Prepared, Sink};
use crate::Error;
use std::time::{Duration, SystemTime};

fn fill<T, S: Sink<T>>(sink: &S, parts: impl IntoIterator<Item = Vec<T>>) -> Vec<S::Part> {
    let fill = |rows: Vec<T>| {
        let mut part = sink.part();
        rows.into_iter().for_each(|row| S::push(&mut part, row));
        part
    };
    parts.into_iter().map(fill).collect()
}

/// What the log would keep of a batch.
pub(crate) fn prepare<T, S: Sink<T>>(
    sink: &mut S,
    epoch: u64,
    parts: impl IntoIterator<Item = Vec<T>>,
) -> Option<Vec<u8>> {
    let parts = fill(sink, parts);
    match sink.prepare(BatchInfo { epoch, time: SystemTime::UNIX_EPOCH }, parts).expect("prepared") {
        Prepared::Delivered => None,
        Prepared::Logged(bytes) => Some(bytes),
    }
}

/// Gives a batch back from the log, at another time.
pub(crate) fn commit<T, S: Sink<T>>(sink: &mut S, epoch: u64, bytes: &[u8]) -> Result<(), Error> {
    sink.commit(BatchInfo { epoch, time: SystemTime::UNIX_EPOCH + Duration::from_secs(9) }, bytes)
}

/// Delivers one batch, whose rows two tasks or more have produced.
pub(crate) fn deliver<T, S: Sink<T>>(
    sink: &mut S,
    epoch: u64,
    parts: impl IntoIterator<Item = Vec<T>>,
) -> Result<(), Error> {
    let parts = fill(sink, parts);
    sink.deliver(BatchInfo { epoch, time: SystemTime::UNIX_EPOCH }, parts)
}
