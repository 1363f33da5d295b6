//! How a job comes to where its last commit stands: at its start, and again in the same process when the log could not be written.

use super::at_most_once::is_mark;
use super::drive::{Ask, Loop};
use super::recovered;
use super::settings::Delivery;
use super::turn::Task;
use super::warning::Warning;
use crate::EndedBy;
use crate::commit::{self, Undelivered};
use crate::{Error, ErrorKind};
use std::error::Error as _;
use std::io;
use std::time::{Duration, SystemTime};

/// The first pause before the directory is tried again; each one is twice as long, up to the longest.
const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// How long the loop sleeps before it looks whether it should stop.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Loop<'_> {
    /// Comes back to where the last commit stands: fence first, then read; make it this process's own; deliver what sinks may not have
    /// got, and only then give up what older generations have begun. Nothing, without a checkpoint directory.
    pub(super) fn recover(&mut self) -> Result<(), Error> {
        let Some(checkpoint) = &self.settings.checkpoint else { return Ok(()) };
        let pace = checkpoint.pace(self.settings.by_step);
        let second = checkpoint.second()?;
        let mut opening = recovered::lock(checkpoint, &self.settings.name, self.seed)?;
        let mut held = self.serve(Task::Fence(recovered::fence(&opening)))?.held;
        // a sink may remember a process whose traces the directory has lost
        let newest = held.iter().filter_map(|held| held.generation).max().unwrap_or(0);
        if newest > opening.generation() {
            opening.raise(newest)?;
            held = self.serve(Task::Fence(recovered::fence(&opening)))?.held;
        }
        let recovered = recovered::recover(opening, &held, self)?;
        self.epoch = 1;
        if let Some((epoch, clock)) = recovered.last() {
            self.epoch = epoch + 1;
            let clock = Duration::from_micros(u64::try_from(clock).unwrap_or(0));
            self.time = self.time.max(SystemTime::UNIX_EPOCH + clock);
        }
        self.turn(Task::Seek, Ask { seek: &recovered.seek, ..self.ask() })?;
        let (mut durable, undelivered) = recovered.begin(pace, self.control.signal.clone())?;
        for Undelivered { epoch, outputs, .. } in undelivered {
            // sinks get epochs in order: what one says that it holds is not sent again
            let missing =
                |sink: u32| held.get(sink as usize).and_then(|held| held.epoch).is_none_or(|last| last < epoch);
            let left: Vec<_> =
                outputs.iter().filter(|(sink, bytes)| !is_mark(bytes) && missing(*sink)).cloned().collect();
            let gives_up = self.settings.delivery == Delivery::AtMostOnce;
            if outputs.iter().any(|(_, bytes)| is_mark(bytes)) || gives_up && !left.is_empty() {
                self.report.undelivered += 1;
                let warned = self.settings.warned.iter();
                warned.for_each(|listener| listener.tell(&Warning::Undelivered { epoch }));
            }
            if !gives_up {
                let mut ask = self.ask();
                ask.batch.epoch = epoch;
                self.turn(Task::Commit, Ask { outputs: &left, ..ask })?;
            }
            durable.delivered_again(epoch, &outputs);
        }
        self.serve(Task::Settle)?;
        self.control.deliver(self.epoch - 1);
        self.control.went_back(self.epoch - 1);
        if let Some(received) = durable.receive(&self.journaled, second, self.settings.by_step)? {
            self.turn(Task::Receive, Ask { received: Some(&received), ..self.ask() })?;
        }
        self.durable = Some(durable);
        Ok(())
    }

    /// Lets a job go on whose log has failed, or a sink for want of room: its generation is over, and the next one begins in this
    /// process, when the disk can be written again. The first error, if that takes too long.
    pub(super) fn or_come_back(&mut self, done: Result<bool, Error>) -> Result<bool, Error> {
        if done.as_ref().is_err_and(|error| error.kind() == ErrorKind::Closed) {
            // results that waited for their commit
            self.report.ended_by = EndedBy::Closed;
            return Ok(true);
        }
        let (Err(error), Some(durable)) = (&done, &self.durable) else { return done };
        let passes = durable.has_failed() || may_pass(error);
        let Some(checkpoint) = self.settings.checkpoint.as_ref().filter(|_| passes) else { return done };
        let patience = checkpoint.patience(!self.settings.by_step);
        let (mut waited, mut pause) = (Duration::ZERO, FIRST);
        self.count_snapshots();
        // gives the lock back
        self.durable = None;
        while waited + pause <= patience && self.sleeps(pause) {
            waited += pause;
            match self.recover() {
                Ok(()) => {
                    self.report.recoveries += 1;
                    return Ok(false);
                }
                Err(error) if may_pass(&error) => pause = (pause * 2).min(LONGEST),
                Err(error) => return Err(error),
            }
        }
        done
    }

    /// False if the job is to stop. A job that is driven step by step does not sleep.
    fn sleeps(&self, pause: Duration) -> bool {
        let mut left = if self.settings.by_step { Duration::ZERO } else { pause };
        while !left.is_zero() && !self.control.stopping() {
            let part = left.min(LOOK_AGAIN);
            std::thread::sleep(part);
            left -= part;
        }
        !self.control.stopping()
    }
}

/// Is this the disk, and not what it holds? Of sinks only what room, or the right to write, will mend: what else ails them they know best.
fn may_pass(error: &Error) -> bool {
    let Some(cause) = error.source() else { return false };
    match error.kind() {
        ErrorKind::Checkpoint => {
            cause.downcast_ref::<commit::Error>().is_some_and(|cause| cause.kind() == commit::ErrorKind::Io)
        }
        ErrorKind::Sink => cause.downcast_ref::<io::Error>().is_some_and(|cause| {
            use io::ErrorKind::{QuotaExceeded, ReadOnlyFilesystem, StorageFull};
            matches!(cause.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem)
        }),
        _ => false,
    }
}
