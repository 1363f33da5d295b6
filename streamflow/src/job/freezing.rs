//! A snapshot in the making: the state of a job as it stands, some shards of it behind each batch, so that no batch waits for all of it.
//!
//! Sections of different batches make one snapshot because changes are absolute: the log behind the boundary at which it began is replayed
//! over all of them, and what a section has seen already changes nothing in it.

use super::names::Names;
use crate::commit::{self, Section, SnapshotWriter, Written};
use crate::state::{Fraction, Slots};
use crate::{Error, ErrorKind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a batch may be held up, but for the last part of it.
const HOLDS_UP: Duration = Duration::from_millis(1);
/// About how many bytes of state are put into bytes in one go. Small rows are the slowest: those of 16 bytes take a third of a millisecond on a fast
/// machine.
const TOGETHER: usize = 1 << 20;
/// Parts at most.
const MOST: usize = 1 << 16;
/// Where parts are counted: so few bytes that any state has several, and so few parts that they come to an end.
const COUNTED: (usize, usize) = (64, 64);
/// Sections that wait for the disk.
const WAITING: usize = 4;

/// How much is frozen behind a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Amount {
    /// What there is time for.
    Some,
    /// So many parts.
    Parts(usize),
    All,
}

/// A snapshot that is not written yet.
pub(super) struct Freezing {
    disk: Disk,
    /// What is left, last first; not known before the first batch.
    left: Option<Vec<(&'static str, Fraction)>>,
    /// What the disk was too slow for, last first. `None`: it is complete.
    held: Vec<Option<Section>>,
    complete: bool,
}

/// Who writes.
enum Disk {
    /// A thread, which takes sections, then `None`. Without a sender it is given up.
    Beside(Option<SyncSender<Option<Section>>>, JoinHandle<Result<Option<Written>, commit::Error>>),
    /// The thread of the job. Without a writer it has failed or is given up.
    Here(Option<SnapshotWriter>, Option<Written>),
}

impl Freezing {
    /// Begins with sections that are frozen already.
    pub fn begin(writer: SnapshotWriter, first: Vec<Section>, beside: bool) -> Result<Self, Error> {
        let disk = if beside { Disk::beside(writer)? } else { Disk::Here(Some(writer), None) };
        let held = first.into_iter().rev().map(Some).collect();
        Ok(Freezing { disk, left: None, held, complete: false })
    }

    /// Freezes some of what is left. Between batches, when all that was processed is in the state.
    pub fn freeze(&mut self, amount: Amount, names: &Names, slots: &mut dyn Slots) -> Result<(), Error> {
        let began = Instant::now();
        let size = if matches!(amount, Amount::Parts(_)) { COUNTED } else { (TOGETHER, MOST) };
        let mut parts = 0;
        while self.send(amount == Amount::All) && !self.complete {
            let over = match amount {
                Amount::Some => began.elapsed() >= HOLDS_UP,
                Amount::Parts(allowed) => parts == allowed,
                Amount::All => false,
            };
            if over {
                break;
            }
            parts += 1;
            match self.left.get_or_insert_with(|| in_parts(size, slots)).pop() {
                Some((label, fraction)) => {
                    let frozen = names.frozen(label, fraction, slots)?;
                    self.held.extend(frozen.into_iter().rev().map(Some));
                }
                None => {
                    self.complete = true;
                    self.held.push(None);
                }
            }
        }
        Ok(())
    }

    /// Hands over what is held. False if the disk has enough to do, or takes no more.
    fn send(&mut self, waits: bool) -> bool {
        while let Some(next) = self.held.pop() {
            match &mut self.disk {
                Disk::Beside(None, _) | Disk::Here(None, _) => return false,
                // a thread that has failed is noticed when it is asked what it has written
                Disk::Beside(Some(sections), _) if waits => drop(sections.send(next)),
                Disk::Beside(Some(sections), _) => {
                    if let Err(TrySendError::Full(next)) = sections.try_send(next) {
                        self.held.push(next);
                        return false;
                    }
                }
                Disk::Here(writer, written) => {
                    let done = match (next, writer.as_mut()) {
                        (Some(section), Some(writer)) => writer.push(&section),
                        _ => writer.take().map_or(Ok(()), |writer| writer.finish().map(|done| *written = Some(done))),
                    };
                    if done.is_err() {
                        *writer = None;
                    }
                }
            }
        }
        true
    }

    /// Nothing more comes: what was written is no snapshot.
    pub fn give_up(&mut self) {
        match &mut self.disk {
            Disk::Beside(sections, _) => *sections = None,
            Disk::Here(writer, _) => *writer = None,
        }
    }

    /// Has it been written, or was it given up?
    pub fn is_done(&self) -> bool {
        match &self.disk {
            Disk::Beside(_, thread) => thread.is_finished(),
            Disk::Here(writer, _) => writer.is_none(),
        }
    }

    /// Waits for the writer. `None`: it has failed or was given up, and the log holds all of it.
    pub fn written(self) -> Option<Written> {
        match self.disk {
            Disk::Beside(sections, thread) => {
                drop(sections);
                thread.join().ok()?.ok()?
            }
            Disk::Here(_, written) => written,
        }
    }
}

impl Disk {
    fn beside(mut writer: SnapshotWriter) -> Result<Self, Error> {
        let (sections, incoming) = sync_channel::<Option<Section>>(WAITING);
        let write = move || {
            for section in incoming {
                match section {
                    Some(section) => writer.push(&section)?,
                    None => return writer.finish().map(Some),
                }
            }
            Ok(None)
        };
        let thread = std::thread::Builder::new().name("snapshot".to_owned()).spawn(write);
        let failed = |cause| Error::new(ErrorKind::System, "cannot start a thread for the snapshot").because(cause);
        Ok(Disk::Beside(Some(sections), thread.map_err(failed)?))
    }
}

/// All state, last part first.
fn in_parts(size: (usize, usize), slots: &mut dyn Slots) -> Vec<(&'static str, Fraction)> {
    let mut all = vec![];
    slots.each(&mut |label, slot| {
        let parts = if slot.divides() { parts(slot.size().bytes, size) } else { 1 };
        all.extend(Fraction::each(parts).map(|part| (label, part)));
    });
    all.reverse();
    all
}

/// How many parts of about so many bytes there are.
fn parts(bytes: usize, (together, most): (usize, usize)) -> usize {
    bytes.div_ceil(together).clamp(1, most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_large_as_they_may_be() {
        let parts = |bytes| parts(bytes, (TOGETHER, MOST));
        assert_eq!([0, 1, TOGETHER].map(parts), [1; 3]);
        assert_eq!([TOGETHER + 1, 3 * TOGETHER, 320 * TOGETHER].map(parts), [2, 3, 320]);
        assert_eq!(parts(usize::MAX), MOST);
    }
}
