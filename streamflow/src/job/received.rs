//! Sources behind the log of receivers: what they are given at a start.

use super::durable::Durable;
use super::settings::Settings;
use crate::commit::{Block, Receivers, Storage};
use crate::source::journal::Attached;
use crate::{Error, ErrorKind};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The log of receivers of a job, and what it holds that no commit has taken.
pub(crate) struct Received {
    log: Receivers,
    blocks: RefCell<BTreeMap<u32, Vec<Block>>>,
    by_step: bool,
}

impl Received {
    /// For one source, once.
    pub fn of(&self, source: u32) -> Attached {
        let blocks = self.blocks.borrow_mut().remove(&source).unwrap_or_default();
        Attached { log: self.log.clone(), receiver: source, blocks, by_step: self.by_step }
    }
}

/// A log needs a place.
pub(super) fn check(settings: &Settings, journaled: &[(u32, String)]) -> Result<(), Error> {
    match journaled.first() {
        Some((_, source)) if settings.checkpoint.is_none() => {
            let message =
                format!("job `{}` is to keep {source}, but it has no checkpoint directory to do so", settings.name);
            Err(Error::new(ErrorKind::Settings, message)
                .help("add `#![checkpoint(\"directory\")]`, or leave out `journaled()` and lose with the process what was not committed"))
        }
        _ => Ok(()),
    }
}

impl Durable {
    /// Opens the log of receivers for these sources. None, if there are none and there never were.
    pub fn receive(
        &mut self,
        journaled: &[(u32, String)],
        second: Option<Box<dyn Storage>>,
        by_step: bool,
    ) -> Result<Option<Received>, Error> {
        let Some(log) = self.log.log() else { return Ok(None) };
        if journaled.is_empty() && !log.has_received()? {
            return Ok(None);
        }
        let mut blocks: BTreeMap<u32, Vec<Block>> = BTreeMap::new();
        let log = log.receivers(second, &mut |block| {
            blocks.entry(block.receiver).or_default().push(block);
            Ok(())
        })?;
        match blocks.keys().find(|number| journaled.iter().all(|(journaled, _)| journaled != *number)) {
            None => Ok(Some(Received { log, blocks: RefCell::new(blocks), by_step })),
            Some(number) => {
                let text = format!(
                    "the checkpoint holds records that source {number} has received and no commit has taken, and that source of this pipeline is not journaled"
                );
                Err(Error::new(ErrorKind::Checkpoint, text)
                    .help("give the source its place and `journaled()` back until they are processed, or begin with a new directory"))
            }
        }
    }
}
