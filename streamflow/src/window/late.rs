//! Records that are late for every window they belong to: they are counted, and put aside where `late(label)` reads them.

use super::Clock;
use crate::flow::aside::{Dropped, Kept, PutAside};
use crate::flow::{Flow, Open, Plain};
use crate::job::turn::{ChunkInfo, Failure, Stamped, Turn, chunks};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Whether a copy of each record travels to its windows, since it may be late for all of them. Only there is it known: windows have
/// state of their own, such as sessions that are still open.
pub trait KeepLate<T>: Copy {
    /// What travels; nothing where nothing is kept.
    type Copied;
    const KEEPS: bool;
    /// `number`: how many records its chunk has sent before it.
    fn copy(self, item: &T, number: u64) -> Self::Copied;
    /// The number and the record, where they are kept.
    fn record(copied: Self::Copied) -> Option<(u64, T)>;
}

impl<T> KeepLate<T> for Dropped {
    type Copied = ();
    const KEEPS: bool = false;
    #[inline(always)]
    fn copy(self, _: &T, _: u64) {}
    fn record((): ()) -> Option<(u64, T)> {
        None
    }
}

impl<T: Clone> KeepLate<T> for Kept<T> {
    type Copied = (u64, T);
    const KEEPS: bool = true;
    #[inline(always)]
    fn copy(self, item: &T, number: u64) -> (u64, T) {
        (number, item.clone())
    }
    fn record(copied: (u64, T)) -> Option<(u64, T)> {
        Some(copied)
    }
}

/// What `late(label)` reads: the records as they came to the aggregate, with the stamps of the window's clock.
pub type LateStream<T, C, M> = <T as PutAside<M>>::Of<(Kept<T>, Flow<T, Plain, <C as Clock>::Time>)>;

pub fn late_stream<T, S, C, Time, G, M>(_: Flow<T, Open<S, C>, Time>, _: &G) -> LateStream<T, C, M>
where
    T: PutAside<M>,
    C: Clock,
{
    T::of((Kept::NEW, Flow::NEW))
}

/// A late record: the place of its chunk in the batch, the copy that travelled, its stamp.
pub(super) type Late<V, S> = (usize, V, S);

/// The late records of a batch, from all lanes.
pub(super) struct LateRecords<V, S> {
    count: AtomicU64,
    aside: Mutex<Vec<Late<V, S>>>,
}

impl<V, S> LateRecords<V, S> {
    pub fn new() -> Self {
        LateRecords { count: AtomicU64::new(0), aside: Mutex::default() }
    }

    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }

    /// Takes what was late in a lane of a chunk, so often that nothing is locked for nothing.
    pub fn add(&self, count: u64, late: Vec<Late<V, S>>) {
        self.count.fetch_add(count, Ordering::Relaxed);
        if !late.is_empty() {
            self.aside.lock().unwrap_or_else(PoisonError::into_inner).extend(late);
        }
    }

    /// The late records in order of the chunks and, in a chunk, in that of the records, whichever lane was faster.
    pub fn rows<T, K, L>(
        &self,
        turn: &Turn<'_>,
        make: impl FnMut() -> L,
        task: impl Fn(Stamped<Vec<(T, S)>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure>
    where
        K: KeepLate<T, Copied = V>,
    {
        let late = std::mem::take(&mut *self.aside.lock().unwrap_or_else(PoisonError::into_inner));
        let record =
            |(chunk, copied, stamp)| K::record(copied).map(|(number, record)| ((chunk, number), (record, stamp)));
        let mut late: Vec<((usize, u64), (T, S))> = late.into_iter().filter_map(record).collect();
        late.sort_unstable_by_key(|(place, _)| *place);
        let tasks = usize::from(!late.is_empty());
        let rows = Cell::new(late.into_iter().map(|(_, row)| row).collect());
        chunks(turn, tasks, None, make, |_, leaf| task(Stamped(rows.take()), leaf), absorb)
    }
}
