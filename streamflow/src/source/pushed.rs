//! Records that other threads push: the way in for a receiver of one's own.

use super::{Journal, Poll, Receive, Signal, Source, journaled};
use crate::{Error, ErrorKind};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// How many bytes may wait for the job.
const WAITING: usize = 1 << 20;
/// A record that is longer has no place in a length of four bytes.
const LONGEST: usize = u32::MAX as usize;

/// A source of bytes that other threads push: a receiver for a protocol that this library does not know.
///
/// Give the [`Pushed`] to a job and keep the [`Pusher`], which may be cloned. The source ends when all clones are dropped.
///
/// ```
/// use streamflow::checkpoint::MemoryStorage;
/// use streamflow::{Checkpoint, sink, source, stream};
///
/// let (pusher, orders) = source::pushed("orders");
/// let seen = sink::collect();
/// let job = stream! { orders.journaled() -> map(|order| order.len()) -> seen.clone() };
/// let job = job.checkpoint(Checkpoint::new(MemoryStorage::new())).start()?;
/// let receipt = pusher.push(b"two apples")?;
/// receipt.wait()?;   // it is durable: whoever has sent it may forget it
/// drop(pusher);
/// job.wait()?;
/// assert_eq!(seen.take(), [10]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// One partition, in the order in which records were pushed.
///
/// # Failure
/// When the job ends, by an error or not, pushing and waiting are errors of the kind [`ErrorKind::Closed`].
///
/// # Cost
/// A copy of the record. Up to 1 MiB waits for the job; then pushing waits.
///
/// # After a crash
/// Plain, it is unreliable: what was pushed and not committed is lost, and a receipt says only that a batch has taken the record. With
/// [`journaled`](Pushed::journaled) a receipt says that it is durable, and it counts exactly once in a job that delivers so.
pub fn pushed(name: impl Into<String>) -> (Pusher, Pushed) {
    let shared = Arc::new(Shared::default());
    let handle = Arc::new(Handle(shared.clone()));
    (Pusher { handle }, Pushed { name: name.into(), shared, given: 0, kept: false })
}

/// Pushes records into the source of [`pushed`]. Clones push into the same one.
#[derive(Clone, Debug)]
pub struct Pusher {
    handle: Arc<Handle>,
}

/// The source of [`pushed`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Pushed {
    name: String,
    shared: Arc<Shared>,
    /// Records that were polled.
    given: u64,
    /// There is a receiver log: receipts wait for it.
    kept: bool,
}

/// What says when a record is safe.
#[derive(Clone, Debug)]
#[must_use = "a record is safe when its receipt says so"]
pub struct Receipt {
    shared: Arc<Shared>,
    number: u64,
}

/// The last one ends the source.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.inner().ended = true;
        self.0.signal();
    }
}

#[derive(Debug, Default)]
struct Shared {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Inner {
    /// Records, each behind its length.
    bytes: Vec<u8>,
    pushed: u64,
    safe: u64,
    signal: Option<Signal>,
    /// No record will be pushed any more.
    ended: bool,
    /// The job is gone.
    closed: bool,
}

impl Shared {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // each change is whole before the next one
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signal(&self) {
        if let Some(signal) = &self.inner().signal {
            signal.raise();
        }
    }

    fn wait<'g>(&self, inner: MutexGuard<'g, Inner>) -> MutexGuard<'g, Inner> {
        self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner)
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the job that takes what is pushed has ended")
}

impl Pusher {
    /// Gives a record to the job. Waits while too much is waiting there.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`] when the job has ended, [`ErrorKind::Source`] for a record of 4 GiB.
    pub fn push(&self, record: &[u8]) -> Result<Receipt, Error> {
        if record.len() > LONGEST {
            return Err(Error::new(ErrorKind::Source, "a record is longer than 4 GiB").help("push it in pieces"));
        }
        let shared = &self.handle.0;
        let mut inner = shared.inner();
        while inner.bytes.len() >= WAITING && !inner.closed {
            inner = shared.wait(inner);
        }
        if inner.closed {
            return Err(closed());
        }
        inner.bytes.extend_from_slice(&(record.len() as u32).to_le_bytes());
        inner.bytes.extend_from_slice(record);
        inner.pushed += 1;
        let receipt = Receipt { shared: shared.clone(), number: inner.pushed };
        drop(inner);
        shared.signal();
        Ok(receipt)
    }
}

impl Receipt {
    /// Waits until the record is safe: durable, where the source is journaled; taken by a batch, where it is not.
    ///
    /// # Errors
    /// [`ErrorKind::Closed`]: the job has ended before. The record may be durable all the same, and be there at the next start.
    pub fn wait(&self) -> Result<(), Error> {
        let mut inner = self.shared.inner();
        while inner.safe < self.number && !inner.closed {
            inner = self.shared.wait(inner);
        }
        if inner.safe >= self.number { Ok(()) } else { Err(closed()) }
    }

    /// Is the record safe by now? See [`wait`](Receipt::wait).
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.shared.inner().safe >= self.number
    }
}

impl Pushed {
    /// Makes every record durable before its receipt says so and before the job sees it; see [`Journal`].
    pub fn journaled(mut self) -> Journal<Self> {
        self.kept = true;
        journaled(self)
    }

    fn safe(&self, received: u64) {
        self.shared.inner().safe = received;
        self.shared.changed.notify_all();
    }
}

/// Records in memory.
#[derive(Debug)]
pub struct PushedBlock(Vec<u8>);

/// The first record and what is behind it.
fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}

impl Source for Pushed {
    type Block = PushedBlock;
    type Item<'b>
        = &'b [u8]
    where
        Self: 'b;
    type Offset = ();

    fn name(&self) -> String {
        format!("{} that are pushed", self.name)
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.shared.inner().signal = Some(signal.clone());
        Ok(())
    }

    fn partition_name(&self, _partition: usize) -> String {
        self.name.clone()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<PushedBlock>, Error> {
        let mut inner = self.shared.inner();
        if inner.bytes.is_empty() {
            return Ok(if inner.ended { Poll::Ended } else { Poll::Pending });
        }
        let (records, used) = within(&inner.bytes, budget);
        // a copy of its own size: what is split off would hold the memory of all that waits
        let block = inner.bytes[..used].to_vec();
        inner.bytes.drain(..used);
        drop(inner);
        self.given += records;
        self.shared.changed.notify_all();
        if !self.kept {
            self.safe(self.given);
        }
        Ok(Poll::Block { bytes: used, block: PushedBlock(block) })
    }

    fn each<'b>(block: &'b PushedBlock, mut each: impl FnMut(&'b [u8]))
    where
        Self: 'b,
    {
        let mut bytes = block.0.as_slice();
        while let Some((record, rest)) = first(bytes) {
            each(record);
            bytes = rest;
        }
    }

    fn count(block: &PushedBlock) -> Option<u64> {
        Some(within(&block.0, usize::MAX).0)
    }
}

/// How many records there are within so many bytes, one at least, and the bytes that they take.
fn within(bytes: &[u8], budget: usize) -> (u64, usize) {
    let (mut records, mut used) = (0, 0);
    while let Some((record, _)) = first(&bytes[used..])
        && (records == 0 || used + 4 + record.len() <= budget)
    {
        records += 1;
        used += 4 + record.len();
    }
    (records, used)
}

impl Receive for Pushed {
    fn store(block: &PushedBlock, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&block.0);
    }

    fn load(bytes: &[u8], budget: usize) -> Result<(PushedBlock, usize), Error> {
        let (_, used) = within(bytes, budget);
        if used == 0 {
            return Err(Error::new(ErrorKind::Checkpoint, "a received block does not hold whole records")
                .help("the source of this number was another one when it was received: give it its place back, or begin with a new directory"));
        }
        Ok((PushedBlock(bytes[..used].to_vec()), used))
    }

    fn received(&self, _partition: usize) -> u64 {
        self.given
    }

    fn durable(&mut self, _partition: usize, received: u64) {
        self.safe(received);
    }
}

impl Drop for Pushed {
    fn drop(&mut self) {
        self.shared.inner().closed = true;
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed").field("name", &self.name).field("given", &self.given).finish_non_exhaustive()
    }
}
