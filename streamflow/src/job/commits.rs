//! From a batch that has been processed to one that has happened, and to what the sinks get of it.

use super::drive::{Ask, Loop};
use super::durable::Durable;
use super::turn::{Done, Task};
use crate::{BatchInfo, Error};

impl Loop<'_> {
    /// Waits for a snapshot that is being written.
    pub fn settle(&mut self) -> Result<(), Error> {
        self.durable.as_mut().map_or(Ok(()), |durable| durable.finish(self.body.slots()))
    }

    /// Makes a batch final: what waits for it to be durable does so beside the next one.
    pub(super) fn commit(&mut self, told: &mut Done, saves: Option<bool>) -> Result<(), Error> {
        self.deliver().inspect_err(|_| self.body.slots().each(&mut |_, slot| slot.rollback()))?;
        let batch = BatchInfo { epoch: self.epoch, time: self.time };
        if let Some(durable) = &mut self.durable {
            match durable.commit(batch, self.body.slots(), told, saves == Some(true)) {
                Ok(true) => {}
                // sinks have all there is
                Ok(false) => self.control.deliver(batch.epoch),
                Err(error) => {
                    self.body.slots().each(&mut |_, slot| slot.rollback());
                    return Err(error);
                }
            }
        }
        self.body.slots().each(&mut |_, slot| slot.commit());
        let at_once = self.durable.as_ref().is_some_and(Durable::is_at_once);
        if at_once {
            self.deliver()?;
        }
        match &mut self.durable {
            Some(durable) if at_once => durable.finish(self.body.slots()),
            Some(durable) => {
                durable.freeze(self.body.slots());
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Waits until the last batch is durable; then sinks get what the log holds and they do not have, and sources may forget.
    pub(super) fn deliver(&mut self) -> Result<(), Error> {
        let Some(durable) = &mut self.durable else { return Ok(()) };
        let Some((batch, outputs)) = durable.outputs()? else { return Ok(()) };
        self.turn(Task::Commit, Ask { batch, outputs: &outputs, ..self.ask() })?;
        if let Some(durable) = &mut self.durable {
            durable.delivered();
            self.control.deliver(batch.epoch);
        }
        Ok(())
    }

    /// Reports what the log of this generation has counted since it was asked last.
    pub(super) fn count_snapshots(&mut self) {
        if let Some(durable) = &mut self.durable {
            self.report.snapshots.add(durable.counted());
        }
    }

    /// What can be done while no batch is processed.
    pub(super) fn tend(&mut self) -> Result<(), Error> {
        if self.durable.as_mut().is_some_and(Durable::has_come) {
            self.deliver()?;
        }
        self.durable.as_mut().map_or(Ok(()), |durable| durable.tend(self.body.slots()))
    }
}
