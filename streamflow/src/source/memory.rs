//! Sources over records that are in memory already.

use super::{Poll, Position, Replayable, Source, bytes_of, records_within};
use crate::prefetch::prefetch;
use crate::{Error, ErrorKind};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// The records of a `Vec`, in order, in one partition.
///
/// ```
/// use streamflow::{Source, source};
///
/// let words = source::vec(vec!["to", "be", "or", "not"]);
/// assert_eq!(words.name(), "4 records in memory");
/// ```
///
/// # Cost
/// A block is a range of the shared `Vec`; a record is cloned when its task runs. [`slice()`] does not clone.
///
/// # After a crash
/// Reading goes on behind the last record that was committed, if the job is given the same records again.
pub fn vec<T: Clone + Send + Sync>(records: Vec<T>) -> Memory<T> {
    partitions(Vec::from([records]))
}

/// Several `Vec`s, each a partition of its own: what several files or sockets would be.
///
/// ```
/// use streamflow::{Source, source};
///
/// let mut two = source::partitions(vec![vec![1, 2, 3], vec![10, 20]]);
/// assert_eq!(two.partitions()?, 2);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// Within a partition the order of the `Vec`; nothing is promised between partitions.
///
/// # After a crash
/// As with [`vec()`], in each partition. New partitions stand behind those that were there.
pub fn partitions<T: Clone + Send + Sync>(partitions: Vec<Vec<T>>) -> Memory<T> {
    let partitions: Vec<_> = partitions.into_iter().map(Rest::new).collect();
    Memory { bytes: total(&partitions), partitions }
}

/// Records of a slice, handed out as references: nothing is cloned.
///
/// ```
/// use streamflow::{Source, source};
///
/// let readings = [20.5, 21.0, 19.5];
/// let source = source::slice(&readings);
/// assert_eq!(source.name(), "3 records in memory");
/// ```
///
/// # After a crash
/// As with [`vec()`].
pub fn slice<T: Sync>(records: &[T]) -> Slice<'_, T> {
    Slice { records, next: 0 }
}

/// Records with given batch boundaries: every inner `Vec` becomes one batch, also one without records, so that a test decides
/// how the input is cut.
///
/// ```
/// use streamflow::{Source, source};
///
/// let source = source::batches(vec![vec!["first", "batch"], vec!["second"]]);
/// assert_eq!(source.name(), "2 batches in memory");
/// ```
///
/// A batch whose records exceed the byte budget of the job is cut further by the engine.
///
/// # After a crash
/// Reading goes on behind the last record that was committed, with the boundaries of the batches that are left.
pub fn batches<T: Clone + Send + Sync>(batches: Vec<Vec<T>>) -> Batches<T> {
    let batches: Vec<_> = batches.into_iter().map(Rest::new).collect();
    Batches { bytes: total(&batches), batches, current: 0, opened: false }
}

/// The source of [`vec()`] and [`partitions`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Memory<T> {
    partitions: Vec<Rest<T>>,
    /// Of all partitions: asked with every poll.
    bytes: u64,
}

/// The source of [`batches`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Batches<T> {
    batches: Vec<Rest<T>>,
    /// Of all batches: asked with every poll.
    bytes: u64,
    current: usize,
    /// The block of a batch without records was handed out.
    opened: bool,
}

/// The source of [`slice()`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Slice<'a, T> {
    records: &'a [T],
    next: usize,
}

/// Consecutive records of a shared `Vec`.
#[derive(Clone, Debug)]
pub struct MemoryBlock<T> {
    records: Arc<Vec<T>>,
    range: Range<usize>,
}

impl<T: Clone> MemoryBlock<T> {
    fn each(&self, each: impl FnMut(T)) {
        self.records[self.range.clone()].iter().cloned().for_each(each);
    }
}

/// Bytes of a page of memory.
const PAGE: usize = 4096;

/// A `Vec` and how much of it was handed out.
#[derive(Clone, Debug)]
struct Rest<T> {
    records: Arc<Vec<T>>,
    next: usize,
}

impl<T> Rest<T> {
    fn new(records: Vec<T>) -> Self {
        Rest { records: Arc::new(records), next: 0 }
    }

    fn take(&mut self, budget: usize) -> Option<Poll<MemoryBlock<T>>> {
        let end = self.records.len().min(self.next + records_within::<T>(budget));
        let range = self.next..end;
        if range.is_empty() {
            return None;
        }
        self.next = end;
        let bytes = bytes_of::<T>(range.len());
        Some(Poll::Block { block: MemoryBlock { records: Arc::clone(&self.records), range }, bytes })
    }
}

/// The number of records that a commit tells of, if there are so many.
fn place(partition: &str, at: u64, records: usize) -> Result<usize, Error> {
    usize::try_from(at).ok().filter(|at| *at <= records).ok_or_else(|| {
        let message = format!("`{partition}` has {records} records, but {at} of it have been committed");
        Error::new(ErrorKind::Source, message).help("give the job the records that it was started with")
    })
}

/// Are there as many partitions as a commit tells of?
fn as_many<O>(positions: &[Position<O>], partitions: usize) -> Result<(), Error> {
    match positions.get(partitions) {
        None => Ok(()),
        Some(gone) => {
            let message = format!("`{}`, which the last commit tells of, is not there any more", gone.partition);
            Err(Error::new(ErrorKind::Source, message).help("give the job all partitions that it was started with"))
        }
    }
}

fn total<T>(parts: &[Rest<T>]) -> u64 {
    parts.iter().map(|part| bytes_of::<T>(part.records.len()) as u64).sum()
}

impl<T> Replayable for Memory<T> {}

impl<T: Clone + Send + Sync> Source for Memory<T> {
    /// How many records of the partition stand before.
    type Offset = u64;
    type Block = MemoryBlock<T>;
    type Item<'b>
        = T
    where
        Self: 'b;

    fn name(&self) -> String {
        let records: usize = self.partitions.iter().map(|part| part.records.len()).sum();
        format!("{records} records in memory")
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        Ok(self.partitions.len())
    }

    fn partition_name(&self, partition: usize) -> String {
        format!("memory {partition}")
    }

    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        Ok(self.partitions[partition].take(budget).unwrap_or(Poll::Ended))
    }

    fn offset(&self, partition: usize) -> Option<u64> {
        self.partitions.get(partition).map(|rest| rest.next as u64)
    }

    fn seek(&mut self, positions: Vec<Position<u64>>) -> Result<(), Error> {
        as_many(&positions, self.partitions.len())?;
        self.partitions.iter_mut().for_each(|rest| rest.next = 0);
        for (rest, position) in self.partitions.iter_mut().zip(positions) {
            rest.next = place(&position.partition, position.offset, rest.records.len())?;
        }
        Ok(())
    }

    fn each<'b>(block: &'b Self::Block, each: impl FnMut(T))
    where
        Self: 'b,
    {
        block.each(each);
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.range.len() as u64)
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

impl<T> Replayable for Batches<T> {}

impl<T: Clone + Send + Sync> Source for Batches<T> {
    /// The number of a batch from 0, and how many of its records stand before.
    type Offset = (u64, u64);
    type Block = MemoryBlock<T>;
    type Item<'b>
        = T
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("{} batches in memory", self.batches.len())
    }

    fn partition_name(&self, _partition: usize) -> String {
        "memory".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        let Some(batch) = self.batches.get_mut(self.current) else {
            return Ok(Poll::Ended);
        };
        if batch.records.is_empty() && !self.opened {
            // a block without records, so that there is a batch without records
            self.opened = true;
            let block = MemoryBlock { records: Arc::clone(&batch.records), range: 0..0 };
            return Ok(Poll::Block { block, bytes: 0 });
        }
        if let Some(block) = batch.take(budget) {
            return Ok(block);
        }
        self.current += 1;
        self.opened = false;
        // After the last batch the end itself ends the round: `Pending` would add an empty batch.
        Ok(if self.current < self.batches.len() { Poll::Pending } else { Poll::Ended })
    }

    fn offset(&self, _partition: usize) -> Option<(u64, u64)> {
        let (current, next) = (self.current as u64, self.batches.get(self.current).map_or(0, |batch| batch.next));
        // what is handed out whole is left when it is asked again: the record that comes is the first of the next batch
        let whole = self
            .batches
            .get(self.current)
            .is_some_and(|batch| batch.next == batch.records.len() && (self.opened || !batch.records.is_empty()));
        Some(if whole { (current + 1, 0) } else { (current, next as u64) })
    }

    fn seek(&mut self, positions: Vec<Position<(u64, u64)>>) -> Result<(), Error> {
        as_many(&positions, 1)?;
        (self.current, self.opened) = (0, false);
        self.batches.iter_mut().for_each(|batch| batch.next = 0);
        for Position { partition, offset: (batch, record), .. } in positions {
            self.current =
                usize::try_from(batch).ok().filter(|batch| *batch <= self.batches.len()).ok_or_else(|| {
                    let message = format!("there are {} batches, but {batch} have been committed", self.batches.len());
                    Error::new(ErrorKind::Source, message).help("give the job the batches that it was started with")
                })?;
            if let Some(batch) = self.batches.get_mut(self.current) {
                batch.next = place(&partition, record, batch.records.len())?;
            }
        }
        Ok(())
    }

    fn each<'b>(block: &'b Self::Block, each: impl FnMut(T))
    where
        Self: 'b,
    {
        block.each(each);
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.range.len() as u64)
    }

    fn poll_after(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.bytes)
    }
}

impl<T> Replayable for Slice<'_, T> {}

impl<'a, T: Sync> Source for Slice<'a, T> {
    /// How many records stand before.
    type Offset = u64;
    type Block = &'a [T];
    type Item<'b>
        = &'a T
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("{} records in memory", self.records.len())
    }

    fn partition_name(&self, _partition: usize) -> String {
        "memory".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        let rest = &self.records[self.next..];
        if rest.is_empty() {
            return Ok(Poll::Ended);
        }
        let block = &rest[..records_within::<T>(budget).min(rest.len())];
        self.next += block.len();
        Ok(Poll::Block { block, bytes: bytes_of::<T>(block.len()) })
    }

    fn offset(&self, _partition: usize) -> Option<u64> {
        Some(self.next as u64)
    }

    fn seek(&mut self, positions: Vec<Position<u64>>) -> Result<(), Error> {
        as_many(&positions, 1)?;
        self.next = 0;
        for position in positions {
            self.next = place(&position.partition, position.offset, self.records.len())?;
        }
        Ok(())
    }

    fn each<'b>(block: &'b Self::Block, mut each: impl FnMut(&'a T))
    where
        Self: 'b,
    {
        for record in block.iter() {
            if size_of::<T>() >= 16 {
                // the next page comes before the processor would ask for it: blocks are read in bursts, behind which they are folded
                prefetch(std::ptr::from_ref(record).wrapping_add(PAGE / size_of::<T>()));
            }
            each(record);
        }
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.len() as u64)
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(bytes_of::<T>(self.records.len()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::{everywhere, rounds};

    #[test]
    fn a_vec_is_read_in_order_in_blocks_of_the_budget() {
        let records: Vec<u32> = (0..10_000).collect();
        let mut source = vec(records.clone());
        let Poll::Block { block, bytes } = source.poll(0, 40).expect("reads") else {
            panic!("a block was due");
        };
        assert_eq!((block.range.clone(), bytes), (0..10, 40));
        let Poll::Block { block, .. } = source.poll(0, usize::MAX).expect("reads") else {
            panic!("a block was due");
        };
        assert_eq!(block.range.len(), 8192);
        let mut source = vec(records.clone());
        assert_eq!(rounds(&mut source, 100, |_, n| n).expect("reads").concat(), records);
    }

    #[test]
    fn blocks_of_a_vec_share_it() {
        let mut source = vec(vec![String::from("a"); 3]);
        let shared = Arc::clone(&source.partitions[0].records);
        let Poll::Block { block, .. } = source.poll(0, 0).expect("reads") else {
            panic!("a block was due");
        };
        assert!(Arc::ptr_eq(&shared, &block.records));
        assert_eq!(block.range, 0..1, "a budget of nothing still makes progress");
    }

    #[test]
    fn every_inner_vec_is_a_partition() {
        let mut source = partitions(vec![vec![1, 2], vec![], vec![3]]);
        let seen = rounds(&mut source, 1, |partition, n| (partition, n)).expect("reads").concat();
        assert_eq!(seen, [(0, 1), (0, 2), (2, 3)]);
    }

    #[test]
    fn every_inner_vec_is_a_batch() {
        let cut = vec![vec![1, 2, 3], vec![], vec![4]];
        let mut source = batches(cut.clone());
        assert_eq!(rounds(&mut source, 4, |_, n| n).expect("reads"), cut);
    }

    #[test]
    fn a_slice_gives_references_to_what_need_not_be_clone() {
        #[derive(Debug, PartialEq)]
        struct NotClone(u8);
        static RECORDS: [NotClone; 3] = [NotClone(1), NotClone(2), NotClone(3)];
        let mut source = slice(&RECORDS);
        let seen = rounds(&mut source, 2, |_, record| std::ptr::from_ref(record)).expect("reads");
        let expected: Vec<_> = RECORDS.iter().map(std::ptr::from_ref).collect();
        assert_eq!(seen.concat(), expected);
    }

    #[test]
    fn reading_goes_on_wherever_it_stopped() {
        everywhere(|| partitions(vec![vec![1, 2, 3], vec![], vec![4, 5]]), 4, |_, n| n);
        everywhere(|| slice(&[1, 2, 3, 4, 5]), 8, |_, n| *n);
        everywhere(|| batches(vec![vec![1, 2, 3], vec![], vec![4], vec![]]), 8, |_, n| n);
    }

    #[test]
    fn batches_that_are_left_keep_their_boundaries() {
        let cut = vec![vec![1, 2, 3], vec![], vec![], vec![4]];
        let read = |offset| {
            let mut source = batches(cut.clone());
            let position = Position { partition: "memory".to_owned(), offset, ended: false };
            source.seek(vec![position]).expect("there");
            rounds(&mut source, 100, |_, n| n).expect("reads")
        };
        assert_eq!(read((0, 1)), [vec![2, 3], vec![], vec![], vec![4]]);
        assert_eq!(read((1, 0)), [vec![], vec![], vec![4]]);
        let mut source = batches(cut.clone());
        assert_eq!(source.offset(0), Some((0, 0)));
        for offset in [(1, 0), (1, 0), (2, 0), (2, 0), (3, 0), (3, 0), (4, 0), (4, 0)] {
            source.poll(0, 100).expect("reads");
            assert_eq!(source.offset(0), Some(offset), "an empty batch that was given is not given again");
        }
    }

    #[test]
    fn what_is_not_there_any_more_is_refused() {
        let at = |offset| vec![Position { partition: "memory 0".to_owned(), offset, ended: true }];
        let error = vec(vec![1, 2]).seek(at(3)).expect_err("refused");
        assert!(error.to_string().starts_with("`memory 0` has 2 records, but 3 of it have been committed"), "{error}");
        let error = partitions::<u8>(vec![]).seek(at(0)).expect_err("refused");
        assert!(error.to_string().starts_with("`memory 0`, which the last commit tells of, is not there"), "{error}");
        let error = slice(&[1, 2]).seek(at(3)).expect_err("refused");
        assert!(error.to_string().contains("has 2 records"), "{error}");
        let at = |offset| vec![Position { partition: "memory".to_owned(), offset, ended: false }];
        let error = batches(vec![vec![1]]).seek(at((2, 0))).expect_err("refused");
        assert!(error.to_string().starts_with("there are 1 batches, but 2 have been committed"), "{error}");
        let error = batches(vec![vec![1]]).seek(at((0, 2))).expect_err("refused");
        assert!(error.to_string().contains("has 1 records"), "{error}");
    }

    #[test]
    fn records_without_size_end_too() {
        let mut source = vec(vec![(); 5000]);
        assert_eq!(rounds(&mut source, 10, |_, unit| unit).expect("reads").concat().len(), 5000);
    }
}
