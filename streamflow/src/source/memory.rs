//! Sources over records that are in memory already.

use super::{Poll, Source, bytes_of, records_within};
use crate::Error;
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
pub fn partitions<T: Clone + Send + Sync>(partitions: Vec<Vec<T>>) -> Memory<T> {
    Memory { partitions: partitions.into_iter().map(Rest::new).collect() }
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
pub fn slice<T: Sync>(records: &[T]) -> Slice<'_, T> {
    Slice { rest: records, length: records.len() }
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
pub fn batches<T: Clone + Send + Sync>(batches: Vec<Vec<T>>) -> Batches<T> {
    Batches { batches: batches.into_iter().map(Rest::new).collect(), current: 0, opened: false }
}

/// The source of [`vec()`] and [`partitions`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Memory<T> {
    partitions: Vec<Rest<T>>,
}

/// The source of [`batches`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Batches<T> {
    batches: Vec<Rest<T>>,
    current: usize,
    /// The block of a batch without records was handed out.
    opened: bool,
}

/// The source of [`slice()`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Slice<'a, T> {
    rest: &'a [T],
    length: usize,
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

fn total<T>(parts: &[Rest<T>]) -> Option<u64> {
    Some(parts.iter().map(|part| bytes_of::<T>(part.records.len()) as u64).sum())
}

impl<T: Clone + Send + Sync> Source for Memory<T> {
    type Offset = ();
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
        total(&self.partitions)
    }
}

impl<T: Clone + Send + Sync> Source for Batches<T> {
    type Offset = ();
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
        total(&self.batches)
    }
}

impl<'a, T: Sync> Source for Slice<'a, T> {
    type Offset = ();
    type Block = &'a [T];
    type Item<'b>
        = &'a T
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("{} records in memory", self.length)
    }

    fn partition_name(&self, _partition: usize) -> String {
        "memory".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        if self.rest.is_empty() {
            return Ok(Poll::Ended);
        }
        let (block, rest) = self.rest.split_at(records_within::<T>(budget).min(self.rest.len()));
        self.rest = rest;
        Ok(Poll::Block { block, bytes: bytes_of::<T>(block.len()) })
    }

    fn each<'b>(block: &'b Self::Block, each: impl FnMut(&'a T))
    where
        Self: 'b,
    {
        block.iter().for_each(each);
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.len() as u64)
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(bytes_of::<T>(self.length) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::rounds;

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
    fn records_without_size_end_too() {
        let mut source = vec(vec![(); 5000]);
        assert_eq!(rounds(&mut source, 10, |_, unit| unit).expect("reads").concat().len(), 5000);
    }
}
