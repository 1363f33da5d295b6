//! A receiver log behind a source that cannot read again: Spark's reliable receiver.

mod pump;
mod queue;
mod receive;
#[cfg(test)]
mod tests;

use receive::Form;
pub use receive::Receive;

use super::{Journaled, Poll, Position, Signal, Source};
use crate::commit::{Block, Receivers};
use crate::{Error, ErrorKind};
use pump::{Limits, Pump};
use queue::{End, Found, Queue};
use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Puts a receiver log behind a source that cannot read again. The sources of this library have it as a method:
/// `tcp::listen(..).journaled()`, `tcp::lines(..)`, [`source::stdin`](super::stdin), [`source::pushed`](super::pushed).
///
/// See [`Journal`] for what it promises, and [`Receive`] for a source of your own.
pub fn journaled<R: Receive>(receiver: R) -> Journal<R> {
    let limits = Limits { block: 1 << 20, delay: Duration::from_millis(10), memory: 16 << 20 };
    Journal {
        name: receiver.name(),
        form: Form::of(),
        limits,
        signal: Signal::default(),
        wanted: Signal::default(),
        state: State::Idle(receiver),
        queue: None,
        front: None,
        offset: (0, 0),
        committed: None,
        taken: None,
    }
}

/// A source behind a receiver log: what it receives is durable before the engine sees it and before the sender is told.
///
/// ```
/// use std::io::{BufRead, BufReader, Write};
/// use std::net::{TcpListener, TcpStream};
/// use streamflow::{sink, stream, tcp};
///
/// let (directory, listener) = (tempfile::tempdir()?, TcpListener::bind("127.0.0.1:0")?);
/// let (address, results) = (listener.local_addr()?, directory.path().join("results"));
/// let job = stream! {
///     #![delivery(exactly_once)]
///     #![checkpoint(directory.path().join("state"))]
///     tcp::listener(listener).journaled().acknowledge() -> map(str::to_uppercase) -> streamflow::file::write(results)
/// };
/// let job = job.start()?;
/// let mut client = TcpStream::connect(address)?;
/// client.write_all(b"one\ntwo\n")?;
/// let mut answer = String::new();
/// while answer.trim_end() != "2" {
///     answer.clear();
///     BufReader::new(&client).read_line(&mut answer)?;   // so many lines are durable: they need not be kept here
/// }
/// job.stop();
/// job.wait()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # What is promised
/// A thread polls the source and gathers what it gives, for 10 ms or up to about 1 MiB; such a block is appended to the receiver
/// log in the checkpoint directory, with one sync. Then the engine is given it, and the sender is told, where it can be. The commit of a
/// batch names the blocks that it has taken. After a crash the blocks that no commit has taken are given again, each once:
/// so with `#![delivery(exactly_once)]` every record that was acknowledged counts exactly once. Blocks are deleted when two manifests lie
/// beyond them.
///
/// What was received and is not durable yet is lost with the process; the sender has not been told, and sends it again. One whose
/// connection broke cannot know whether its last records are there. It may send them a second time, and no log can tell that from new ones:
/// number them, and let [`dedup`](crate::Flow::dedup) or [`distinct`](crate::Flow::distinct) see the number.
///
/// Without a checkpoint directory the job does not start. The directory must be on a disk whose locks hold, a local one.
///
/// # Order, partitions and event time
/// All of a journaled source is **one** partition with number 0, in the order in which it became durable; the records of one sender stay in
/// their order. A connection is not a partition here: its number would mean another client after a restart, and its watermark
/// would have to be kept for a client that never comes back. So `disorder` in [`timestamp`](crate::Flow::timestamp) has to cover how far
/// senders may be behind each other.
///
/// # Back-pressure
/// Up to 16 MiB that are durable wait for the engine; then the source is not polled, its connections are not read, and senders have to wait.
///
/// # Stopping
/// A job that is stopped takes its last batch, makes durable and acknowledges what was received till then, and closes its connections.
/// What is durable and not committed is there at the next start.
///
/// # Failure
/// An error of the source ends the job; what came before it is durable and is there at the next start. A line that the policies refuse never gets into the log, so it
/// does not come back at the next start. An error of the log ends the job; nothing of that block was acknowledged.
///
/// # Cost
/// A thread, a copy of the bytes, a write and a sync for each block: an acknowledgement takes about the delay and a sync, 2 to 5 ms on
/// a usual disk. Every record is written twice if it is part of a result too.
///
/// Spark Streaming's write-ahead log of receivers (`spark.streaming.receiver.writeAheadLog.enable`), which is off there by default.
#[must_use = "a source does nothing until a job reads it"]
pub struct Journal<R: Source> {
    name: String,
    form: Form<R>,
    limits: Limits,
    /// Wakes the engine, and who receives.
    signal: Signal,
    wanted: Signal,
    state: State<R>,
    queue: Option<Arc<Queue>>,
    /// The block that the engine takes records from.
    front: Option<Front>,
    /// The last block that records were taken from, and how many bytes of it.
    offset: (u64, u64),
    /// Where the last commit stands, until there is a log to begin at.
    committed: Option<(u64, u64)>,
    /// The last block of which all was taken.
    taken: Option<u64>,
}

struct Front {
    number: u64,
    bytes: Vec<u8>,
    at: usize,
}

enum State<R: Source> {
    /// Nothing is received yet.
    Idle(R),
    /// By the engine, when it polls: of a job that is driven step by step.
    Inline(Box<Pump<R>>),
    Thread(JoinHandle<Pump<R>>),
    /// No more, unless the job comes back.
    Finished(Box<Pump<R>>),
    Over,
}

impl<R: Source> Journal<R> {
    /// About how many bytes are made durable at once. Default: 1 MiB. One record may be longer.
    pub fn max_block(mut self, bytes: usize) -> Self {
        self.limits.block = bytes.max(1);
        self
    }

    /// How long records may wait for others before they are made durable together. Default: 10 ms. Zero: each sync takes what has come
    /// during the last one.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.limits.delay = delay;
        self
    }

    /// How many durable bytes may wait for the engine before the source is read no further. Default: 16 MiB.
    pub fn max_waiting(mut self, bytes: usize) -> Self {
        self.limits.memory = bytes.max(1);
        self
    }

    /// Changes the source before it is read.
    pub(crate) fn map(mut self, change: impl FnOnce(R) -> R) -> Self {
        if let State::Idle(receiver) = std::mem::replace(&mut self.state, State::Over) {
            self.state = State::Idle(change(receiver));
        }
        self
    }

    /// Who receives does so no more; what it has received is durable, unless the log has failed.
    fn stop(&mut self) -> Option<Box<Pump<R>>> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Inline(pump) | State::Finished(pump) => Some(pump),
            State::Thread(thread) => {
                self.queue.as_ref()?.stop();
                // a panic is in the queue
                thread.join().ok().map(Box::new)
            }
            idle => {
                self.state = idle;
                None
            }
        }
    }

    fn error(&self, kind: ErrorKind, what: &str) -> Error {
        Error::new(kind, format!("{}: {what}", self.name))
    }
}

impl<R: Source> Journal<R> {
    /// The next block, where nothing is left of the last one.
    fn next_block(&mut self) -> Result<Option<Poll<R::Block>>, Error> {
        let Some(queue) = &self.queue else {
            return Err(self
                .error(ErrorKind::Settings, "there is no receiver log")
                .help("add `#![checkpoint(\"directory\")]`; a source that wraps this one passes `behind_log` on"));
        };
        let mut found = queue.take();
        if let (Found::Nothing, State::Inline(pump)) = (&found, &mut self.state) {
            match pump.round(true) {
                Ok(pump::Round::Ended) => queue.end(End::Ended),
                Ok(_) => {}
                Err(error) => queue.end(End::Failed(error)),
            }
            found = queue.take();
        }
        match found {
            Found::Block(number, bytes) => {
                self.front = Some(Front { number, bytes, at: 0 });
                Ok(None)
            }
            Found::Nothing => Ok(Some(Poll::Pending)),
            Found::Ended => Ok(Some(Poll::Ended)),
            Found::Failed(error) => Err(error),
            Found::Gone => Err(self.error(ErrorKind::Panic, "the thread that receives has panicked")),
        }
    }
}

impl<R: Source + Send + 'static> Source for Journal<R> {
    type Block = R::Block;
    type Item<'b>
        = R::Item<'b>
    where
        Self: 'b;
    type Offset = (u64, u64);

    fn name(&self) -> String {
        format!("{}, through the receiver log", self.name)
    }

    fn identity(&self) -> Option<String> {
        Some(self.name.clone())
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.signal = signal.clone();
        Ok(())
    }

    fn partition_name(&self, _partition: usize) -> String {
        self.name.clone()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<R::Block>, Error> {
        if self.front.is_none()
            && let Some(poll) = self.next_block()?
        {
            return Ok(poll);
        }
        let Some(front) = &mut self.front else { return Ok(Poll::Pending) };
        let rest = &front.bytes[front.at..];
        let (block, used) = (self.form.load)(rest, budget)?;
        if used == 0 || used > rest.len() {
            return Err(self.error(ErrorKind::Source, "`Receive::load` has taken nothing, or more than there is"));
        }
        front.at += used;
        self.offset = (front.number, front.at as u64);
        if front.at == front.bytes.len() {
            self.taken = Some(front.number);
            self.front = None;
        }
        Ok(Poll::Block { block, bytes: used })
    }

    fn offset(&self, _partition: usize) -> Option<(u64, u64)> {
        Some(self.offset)
    }

    fn seek(&mut self, positions: Vec<Position<(u64, u64)>>) -> Result<(), Error> {
        self.committed = positions.first().map(|position| position.offset);
        Ok(())
    }

    fn each<'b>(block: &'b R::Block, each: impl FnMut(R::Item<'b>))
    where
        Self: 'b,
    {
        R::each(block, each);
    }

    fn count(block: &R::Block) -> Option<u64> {
        R::count(block)
    }

    fn poll_after(&self) -> Option<Duration> {
        match &self.state {
            State::Inline(pump) => pump.receiver.poll_after(),
            _ => None,
        }
    }

    fn behind_log(&mut self) -> Option<&mut dyn BehindLog> {
        Some(self)
    }

    fn skipped(&self) -> u64 {
        self.queue.as_ref().map_or(0, |queue| queue.skipped())
    }
}

impl<R: Source + Send + 'static> Journaled for Journal<R> {}

/// What a source is given when the log of receivers is there.
pub struct Attached {
    pub(crate) log: Receivers,
    pub(crate) receiver: u32,
    /// What no commit has taken.
    pub(crate) blocks: Vec<Block>,
    /// No thread is started.
    pub(crate) by_step: bool,
}

/// The side of a source that works with the log of receivers. [`Journal`] has it.
pub trait BehindLog {
    /// Begins to receive, behind what the log holds. After [`Source::seek`]; again, when the log has begun anew.
    ///
    /// # Errors
    /// As [`Source::open`].
    fn attach(&mut self, attached: Attached) -> Result<(), Error>;

    /// The last block of which all was polled.
    fn taken(&self) -> Option<u64>;

    /// Receives nothing more, and makes durable what was received.
    ///
    /// # Errors
    /// The log cannot be written.
    fn finish(&mut self) -> Result<(), Error>;
}

impl<R: Source + Send + 'static> BehindLog for Journal<R> {
    fn attach(&mut self, attached: Attached) -> Result<(), Error> {
        let Attached { log, receiver: number, blocks, by_step } = attached;
        let before = self.stop();
        (self.front, self.taken) = (None, None);
        self.offset = self.committed.take().unwrap_or_default();
        let mut blocks: VecDeque<(u64, Vec<u8>)> =
            blocks.into_iter().map(|block| (block.number, block.bytes)).collect();
        // of the first one a commit may have taken a part
        if let Some((number, bytes)) = blocks.pop_front_if(|(number, _)| *number == self.offset.0) {
            let at = usize::try_from(self.offset.1).unwrap_or(usize::MAX).min(bytes.len());
            self.front = Some(Front { number, bytes, at });
        }
        let skipped = self.queue.as_ref().map_or(0, |queue| queue.skipped());
        let (given, wanted) = (self.signal.clone(), self.wanted.clone());
        let queue = Arc::new(Queue::new(given, wanted, self.limits.memory, skipped, blocks));
        self.queue = Some(queue.clone());
        let pump = match before {
            Some(pump) => Box::new(pump.goes_on(log, queue)),
            None => match std::mem::replace(&mut self.state, State::Over) {
                State::Idle(mut receiver) => {
                    receiver.open(&self.wanted)?;
                    Box::new(Pump::new((receiver, self.form), log, number, self.limits, queue))
                }
                _ => return Err(self.error(ErrorKind::Source, "the receiver has ended and cannot begin again")),
            },
        };
        if by_step {
            self.state = State::Inline(pump);
            return Ok(());
        }
        let thread = thread::Builder::new()
            .name(self.name.clone())
            .spawn(move || pump.run())
            .map_err(|cause| self.error(ErrorKind::System, "cannot start the thread that receives").because(cause))?;
        self.state = State::Thread(thread);
        Ok(())
    }

    fn taken(&self) -> Option<u64> {
        self.taken
    }

    fn finish(&mut self) -> Result<(), Error> {
        let by_step = matches!(self.state, State::Inline(_));
        let Some(mut pump) = self.stop() else { return Ok(()) };
        let flushed = if by_step { pump.flush().map(drop) } else { Ok(()) };
        self.state = State::Finished(pump);
        match self.queue.as_ref().and_then(|queue| queue.failure()) {
            Some(error) => Err(error),
            None => flushed,
        }
    }
}

impl<R: Source> Drop for Journal<R> {
    fn drop(&mut self) {
        // the thread must not outlive the job: it holds connections and the directory
        drop(self.stop());
    }
}
