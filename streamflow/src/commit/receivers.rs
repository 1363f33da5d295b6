//! The log of receivers as all sources of a job share it: each writes from a thread of its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Block, CommitLog, Error, ReceiverLog, Storage};

/// The log, until its generation is over. Clones are the same log.
#[derive(Clone, Debug)]
pub(crate) struct Receivers(Arc<Mutex<Option<ReceiverLog>>>);

/// What has become of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is durable under this number.
    Durable(u64),
    /// There was none.
    Nothing,
    /// The generation of the log is over, and the block was not written.
    Over,
}

/// The commit log is gone, and with it the generation: who receives must write no more, and holds the directory no more.
#[derive(Debug)]
pub(super) struct Closing(pub Receivers);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.log().take();
    }
}

impl CommitLog {
    /// As [`receiver_log_in`](CommitLog::receiver_log_in), for as long as this log lives. What manifests no longer need is deleted behind
    /// them.
    pub(crate) fn receivers(
        &mut self,
        second: Option<Box<dyn Storage>>,
        each: &mut dyn FnMut(Block) -> Result<(), Error>,
    ) -> Result<Receivers, Error> {
        let receivers = Receivers(Arc::new(Mutex::new(Some(self.receiver_log_in(second, each)?))));
        self.receivers = Some(Closing(receivers.clone()));
        Ok(receivers)
    }
}

impl Receivers {
    fn log(&self) -> MutexGuard<'_, Option<ReceiverLog>> {
        // the log has an error of its own for what was left half done
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a block durable. After an error its number is in `number`: whether it is there the next generation will see.
    pub fn keep(&self, receiver: u32, bytes: &[u8], number: &mut Option<u64>) -> Result<Kept, Error> {
        match &mut *self.log() {
            None => Ok(Kept::Over),
            Some(log) => {
                let given = log.append(receiver, bytes);
                *number = Some(given);
                log.sync()?;
                Ok(Kept::Durable(given))
            }
        }
    }

    /// The last block that was written or found.
    pub fn last(&self) -> Option<u64> {
        self.log().as_ref().map(ReceiverLog::last)
    }

    pub(super) fn collect(&self, taken: &BTreeMap<u32, u64>) {
        if let Some(log) = &mut *self.log() {
            // what cannot be deleted now is for the next generation
            let _ = log.collect(taken);
        }
    }
}
