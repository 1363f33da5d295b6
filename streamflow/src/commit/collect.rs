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
        let names = names(&*self.storage)?;
        let superseded = names.iter().any(|name| name.generation() > self.generation);
        if superseded && !mutant!(CollectNewerGenerations) {
            // what is dead for this generation may be what its successor has begun from
            return Ok(());
        }
        for name in names {
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
            FileName::Snapshot { .. } => {
                let mut kept = self.kept.iter().filter_map(|manifest| manifest.snapshot.as_ref());
                !kept.any(|file| file.name() == name)
            }
            // also those that were opened behind a manifest: whoever reads it goes on through them
            FileName::Log { generation, epoch } => {
                !self.kept.iter().any(|manifest| manifest.generation == generation && manifest.segments[0] <= epoch)
            }
            // deleted by the log that knows its blocks
            FileName::Receiver { .. } => false,
        })
    }
}
