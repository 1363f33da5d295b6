//! A small stand-in for the engine: it fills the parts of a batch and delivers them.

use super::{BatchInfo, Sink};
use crate::Error;
use std::time::SystemTime;

/// Delivers one batch, whose rows two tasks or more have produced.
pub(crate) fn deliver<T, S: Sink<T>>(
    sink: &mut S,
    epoch: u64,
    parts: impl IntoIterator<Item = Vec<T>>,
) -> Result<(), Error> {
    let mut filled = Vec::new();
    for rows in parts {
        let mut part = sink.part();
        rows.into_iter().for_each(|row| S::push(&mut part, row));
        filled.push(part);
    }
    sink.deliver(BatchInfo { epoch, time: SystemTime::UNIX_EPOCH }, filled)
}
