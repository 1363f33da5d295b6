//! What a source must be able to do so that a receiver log can stand behind it.

use crate::Error;
use crate::source::Source;

/// A source that cannot read again, and whose records can be kept as bytes: a socket, a queue that pushes.
///
/// [`journaled`](super::journaled) puts a receiver log behind it, and with that it is [`Journaled`](crate::source::Journaled): a thread polls the
/// source, makes what it has given durable, and only then gives it to the engine and tells the sender. Without it, it is
/// unreliable, as its type says: what was received and not committed is lost with the process.
///
/// For a receiver of your own [`pushed`](crate::source::pushed) is most often enough: threads push bytes into it. Implement this trait for
/// records with a form of their own.
///
/// ```
/// use streamflow::source::{self, Poll, Receive, Source};
/// use streamflow::{Checkpoint, Error, sink, stream};
/// use streamflow::checkpoint::MemoryStorage;
///
/// /// Ten numbers that come from outside.
/// struct Numbers(u64);
///
/// impl Source for Numbers {
///     type Block = Vec<u64>;
///     type Item<'b> = u64;
///     type Offset = ();
///     fn name(&self) -> String {
///         "numbers".to_owned()
///     }
///     fn partition_name(&self, _: usize) -> String {
///         "numbers".to_owned()
///     }
///     fn poll(&mut self, _: usize, _: usize) -> Result<Poll<Vec<u64>>, Error> {
///         self.0 += 1;
///         Ok(if self.0 <= 10 { Poll::Block { block: vec![self.0], bytes: 8 } } else { Poll::Ended })
///     }
///     fn each<'b>(block: &'b Vec<u64>, each: impl FnMut(u64))
///     where
///         Self: 'b,
///     {
///         block.iter().copied().for_each(each);
///     }
/// }
///
/// impl Receive for Numbers {
///     fn store(block: &Vec<u64>, bytes: &mut Vec<u8>) {
///         block.iter().for_each(|n| bytes.extend(n.to_le_bytes()));
///     }
///     fn load(bytes: &[u8], budget: usize) -> Result<(Vec<u64>, usize), Error> {
///         let numbers = bytes.chunks_exact(8).take((budget / 8).max(1));
///         let numbers: Vec<u64> = numbers.map(|n| n.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte))).collect();
///         let used = numbers.len() * 8;
///         Ok((numbers, used))
///     }
/// }
///
/// let sums = sink::collect();
/// stream! { source::journaled(Numbers(0)) -> sum() -> sums.clone() }
///     .checkpoint(Checkpoint::new(MemoryStorage::new()))
///     .run()?;
/// assert_eq!(sums.take().last(), Some(&55));
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// What is stored is given in the order in which it was polled.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand before a receiver log",
    label = "this is not `Receive`",
    note = "`tcp::listen(..)`, `tcp::lines(..)`, `source::stdin()` and `source::pushed(..)` can; a source that can be read again needs no log"
)]
pub trait Receive: Source + Send + 'static {
    /// Appends the records of a block. What several calls have appended is read as one piece.
    fn store(block: &Self::Block, bytes: &mut Vec<u8>);

    /// The first records of what was stored, about `budget` bytes of it and at least one record, and how many bytes they took.
    ///
    /// # Errors
    /// Bytes that [`store`](Receive::store) did not write: another version of the program has.
    fn load(bytes: &[u8], budget: usize) -> Result<(Self::Block, usize), Error>;

    /// How much of what the sender behind a partition has sent was given by [`poll`](Source::poll) so far, in the unit in which it is told
    /// so: lines, messages. It never falls.
    fn received(&self, partition: usize) -> u64 {
        let _ = partition;
        0
    }

    /// So much of a partition is durable now: the sender may be told and may forget it. Must not wait for the sender.
    fn durable(&mut self, partition: usize, received: u64) {
        let _ = (partition, received);
    }
}

/// The methods of a receiver. With them a journal is a source whatever stands behind it, and who puts a source there that is no
/// receiver is told once, at that place.
pub(super) struct Form<R: Source> {
    pub store: fn(&R::Block, &mut Vec<u8>),
    pub load: fn(&[u8], usize) -> Result<(R::Block, usize), Error>,
    pub received: fn(&R, usize) -> u64,
    pub durable: fn(&mut R, usize, u64),
}

impl<R: Receive> Form<R> {
    pub const fn of() -> Self {
        Form { store: R::store, load: R::load, received: R::received, durable: R::durable }
    }
}

impl<R: Source> Clone for Form<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: Source> Copy for Form<R> {}
