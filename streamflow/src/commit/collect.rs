//! Deleting files that no manifest needs: only behind a durable manifest, and never a file of a later generation.

use super::Error;
use super::log::CommitLog;
use super::mutant::mutant;
use super::names::FileName;
use super::opening::names;

impl CommitLog {
    /// Whether a process of a later generation has written here.
    pub(super) fn taken_over(&self) -> Result<bool, Error> {
        Ok(names(&*self.storage)?.iter().any(|name| name.generation() > self.generation))
    }

    pub(super) fn collect(&mut self) -> Result<(), Error> {
        for name in names(&*self.storage)? {
            // a process that was paused must not delete what its successor has written
            let ours = name.generation() <= self.generation || mutant!(CollectNewerGenerations);
            if ours && self.is_dead(name)? {
                self.storage.delete(&name.to_string())?;
            }
        }
        Ok(())
    }

    fn is_dead(&self, name: FileName) -> Result<bool, Error> {
        Ok(match name {
            FileName::Manifest { sequence, generation } => {
                let oldest = self.kept.first().map(|manifest| (manifest.generation, manifest.sequence));
                oldest.is_some_and(|oldest| (generation, sequence) < oldest)
            }
            FileName::Snapshot { generation, epoch, number } => {
                let running = self.running.is_some_and(|running| {
                    (generation, epoch, number) == (self.generation, running.epoch, running.number)
                });
                let kept = self.kept.iter().filter_map(|manifest| manifest.snapshot.as_ref());
                !kept.into_iter().any(|file| file.name() == name) && (!running || mutant!(CollectRunningSnapshot))
            }
            FileName::Log { generation, epoch } => {
                let current =
                    generation == self.generation && self.segments.iter().any(|segment| segment.epoch == epoch);
                let kept = self
                    .kept
                    .iter()
                    .any(|manifest| manifest.generation == generation && manifest.segments.contains(&epoch));
                !current && !kept
            }
            FileName::Receiver { .. } => false,
        })
    }
}
