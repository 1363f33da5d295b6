//! Who receives: polls the source, makes what it gave durable, and only then gives it to the engine and tells the sender.

use super::queue::{End, Queue};
use super::receive::Form;
use crate::Error;
use crate::commit::mutant::mutant;
use crate::commit::{Kept, Receivers};
use crate::source::{Poll, Source};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is asked of a partition at once, so that none of them starves.
const PIECE: usize = 64 << 10;
/// How long to wait at most before looking again: a source may say nothing when it has something.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How much is made durable at once, and how much may wait for the engine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub block: usize,
    pub delay: Duration,
    pub memory: usize,
}

/// The source, and what it has given that is not durable.
pub(super) struct Pump<R: Source> {
    pub(super) receiver: R,
    form: Form<R>,
    log: Receivers,
    number: u32,
    limits: Limits,
    queue: Arc<Queue>,
    ended: Vec<bool>,
    /// Where the next round begins, so that no partition starves.
    next: usize,
    group: Vec<u8>,
    /// Since when the group waits.
    since: Option<Instant>,
    /// The log has failed with this group, under this number.
    unsure: Option<u64>,
    /// What ends the source, when what came before it is durable.
    failure: Option<Error>,
    /// By partition, what of it is in the group and what the sender was told.
    received: BTreeMap<usize, u64>,
    told: Vec<u64>,
}

/// What a round has come to.
pub(super) enum Round {
    Again,
    Wait(Duration),
    Ended,
}

impl<R: Source> Pump<R> {
    pub fn new((receiver, form): (R, Form<R>), log: Receivers, number: u32, limits: Limits, queue: Arc<Queue>) -> Self {
        Pump {
            receiver,
            form,
            log,
            number,
            limits,
            queue,
            ended: vec![],
            next: 0,
            group: vec![],
            since: None,
            unsure: None,
            failure: None,
            received: BTreeMap::new(),
            told: vec![],
        }
    }

    /// Goes on with the log of another generation. A group with which the last one has failed may be in it: one sync is one frame,
    /// there as a whole or not at all.
    pub fn goes_on(self, log: Receivers, queue: Arc<Queue>) -> Self {
        let there = self.unsure.is_some_and(|number| log.last().is_some_and(|last| last >= number));
        let mut pump = Pump { log, queue, unsure: None, ..self };
        if there {
            pump.group.clear();
            pump.tell();
        }
        pump
    }

    /// Polls the source once and, when it is time, makes what there is durable; `now`: it is time.
    pub fn round(&mut self, now: bool) -> Result<Round, Error> {
        let room = self.queue.room();
        let mut more = false;
        // what comes behind a group that may be durable or not must not share its fate
        if room > 0 && self.failure.is_none() && self.unsure.is_none() {
            match self.receive() {
                Ok(any) => more = any,
                Err(error) => self.failure = Some(error),
            }
        }
        let ended = self.has_ended();
        let late = self.since.is_some_and(|since| since.elapsed() >= self.limits.delay);
        let full = self.group.len() >= self.limits.block.min(room);
        let due = now || ended || late || self.failure.is_some() || full;
        if due && self.flush()? == Kept::Over {
            // the job ends, or another generation goes on with the group
            return Ok(Round::Wait(LOOK_AGAIN));
        }
        match self.failure.take() {
            Some(error) => Err(error),
            None if ended => Ok(Round::Ended),
            None if more => Ok(Round::Again),
            None => {
                let left = self.since.map(|since| self.limits.delay.saturating_sub(since.elapsed()));
                let after = if room > 0 { self.receiver.poll_after() } else { None };
                let wait = left.into_iter().chain(after).chain([LOOK_AGAIN]).min().unwrap_or(LOOK_AGAIN);
                Ok(Round::Wait(wait))
            }
        }
    }

    /// Asks each partition once. True if one of them had something.
    fn receive(&mut self) -> Result<bool, Error> {
        let known = self.receiver.partitions()?;
        self.ended.resize(known.max(self.ended.len()), false);
        self.told.resize(self.ended.len(), 0);
        let mut more = false;
        let first = self.next;
        for place in 0..known {
            let partition = (first + place) % known;
            let room = self.limits.block.min(self.queue.room()).saturating_sub(self.group.len());
            if room == 0 {
                more = true;
                break;
            }
            self.next = partition + 1;
            if self.ended[partition] {
                continue;
            }
            match self.receiver.poll(partition, room.min(PIECE))? {
                Poll::Block { block, .. } => {
                    (self.form.store)(&block, &mut self.group);
                    self.receiver.recycle(block);
                    more = true;
                }
                Poll::Pending => {}
                Poll::Ended => self.ended[partition] = true,
            }
            let received = (self.form.received)(&self.receiver, partition);
            if received > self.told[partition] {
                self.received.insert(partition, received);
            }
        }
        if !self.group.is_empty() || !self.received.is_empty() {
            self.since.get_or_insert_with(Instant::now);
        }
        self.queue.set_skipped(self.receiver.skipped());
        Ok(more)
    }

    fn has_ended(&self) -> bool {
        self.receiver.complete() && !self.ended.contains(&false)
    }

    /// Makes the group durable; then it is the engine's, and the senders are told.
    pub fn flush(&mut self) -> Result<Kept, Error> {
        if mutant!(ToldBeforeDurable) {
            self.tell();
        }
        let mut kept = Kept::Nothing;
        if !self.group.is_empty() {
            kept = self.log.keep(self.number, &self.group, &mut self.unsure)?;
            match kept {
                Kept::Durable(number) => self.queue.put(number, std::mem::take(&mut self.group)),
                _ => return Ok(kept),
            }
            self.unsure = None;
        }
        self.tell();
        Ok(kept)
    }

    fn tell(&mut self) {
        self.since = None;
        for (partition, received) in std::mem::take(&mut self.received) {
            self.told[partition] = received;
            (self.form.durable)(&mut self.receiver, partition, received);
        }
    }

    /// Receives until the input ends, something fails, or the queue says so; then what was received is durable.
    pub fn run(mut self) -> Self {
        let _gone = Gone(self.queue.clone());
        loop {
            if self.queue.stopping() {
                match self.flush() {
                    Ok(_) => self.queue.end(End::Ended),
                    Err(error) => self.queue.end(End::Failed(error)),
                }
                return self;
            }
            match self.round(false) {
                Ok(Round::Again) => {}
                Ok(Round::Wait(time)) => self.queue.wanted.wait(time),
                Ok(Round::Ended) => {
                    self.queue.end(End::Ended);
                    return self;
                }
                Err(error) => {
                    self.queue.end(End::Failed(error));
                    return self;
                }
            }
        }
    }
}

/// A receiver that panics must not leave the engine waiting.
struct Gone(Arc<Queue>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.end(End::Gone);
    }
}
