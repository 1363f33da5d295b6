//! A source that a test feeds by hand.

use crate::source::{Poll, Position, Replayable, Signal, Source};
use crate::{Error, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

/// A source that is fed by hand, with one partition. Give the job a clone and feed the other.
///
/// ```
/// use streamflow::testing::{Driver, input};
/// use streamflow::{sink, stream};
///
/// let (numbers, doubled) = (input::<i64>(), sink::collect());
/// let mut driver = Driver::new(stream! { numbers.clone() -> map(|n| n * 2) -> doubled.clone() })?;
/// numbers.push(4);
/// driver.batch()?;
/// assert_eq!(doubled.take(), [8]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// It feeds jobs that run on a thread of their own as well: each call raises the signal of the source.
///
/// A job that is given another clone later reads all that was ever given from its beginning, or, with the checkpoint directory of
/// the first one, what that one has not committed. So a test can let a job die and another go on.
///
/// # After a crash
/// Reading goes on behind the last block that was committed, as long as the input is the same.
///
/// # Cost
/// What was given is kept as long as there is a clone.
pub fn input<T>() -> Input<T> {
    input_partitions(1)
}

/// As [`input`], with so many partitions. All are known from the start, so that the watermark waits for each of them.
pub fn input_partitions<T>(partitions: usize) -> Input<T> {
    let partitions = (0..partitions).map(|_| Partition { blocks: vec![], ended: false, taken: 0 }).collect();
    Input { fed: Arc::new(Mutex::new(Fed { partitions, signal: Signal::default() })) }
}

/// The source of [`input()`]. Clones share what they are fed.
#[derive(Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Input<T> {
    fed: Arc<Mutex<Fed<T>>>,
}

#[derive(Debug)]
struct Fed<T> {
    partitions: Vec<Partition<T>>,
    signal: Signal,
}

#[derive(Debug)]
struct Partition<T> {
    blocks: Vec<Arc<Vec<T>>>,
    ended: bool,
    /// Blocks that the job has taken which was started last.
    taken: usize,
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Input<T> {
    fn clone(&self) -> Self {
        Input { fed: Arc::clone(&self.fed) }
    }
}

impl<T> Input<T> {
    /// Gives one record to the first partition.
    pub fn push(&self, record: T) {
        self.extend_to(0, [record]);
    }

    /// Gives one record to a partition.
    ///
    /// # Panics
    /// If there is no such partition.
    pub fn push_to(&self, partition: usize, record: T) {
        self.extend_to(partition, [record]);
    }

    /// Gives records to the first partition, as one block: the next batch takes them all.
    pub fn extend(&self, records: impl IntoIterator<Item = T>) {
        self.extend_to(0, records);
    }

    /// Gives records to a partition, as one block.
    ///
    /// # Panics
    /// If there is no such partition.
    pub fn extend_to(&self, partition: usize, records: impl IntoIterator<Item = T>) {
        let records = Arc::new(records.into_iter().collect());
        self.feed(|fed| of(fed, partition).blocks.push(records));
    }

    /// A partition will give nothing more, once it has given what it has.
    ///
    /// # Panics
    /// If there is no such partition.
    pub fn end_partition(&self, partition: usize) {
        self.feed(|fed| of(fed, partition).ended = true);
    }

    /// No partition will give anything more, once they have given what they have.
    pub fn end(&self) {
        self.feed(|fed| fed.partitions.iter_mut().for_each(|partition| partition.ended = true));
    }

    /// Has the job taken all that was given? If there were several, the last one.
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.fed().partitions.iter().all(|partition| partition.taken >= partition.blocks.len())
    }

    fn feed(&self, change: impl FnOnce(&mut Fed<T>)) {
        let mut fed = self.fed();
        change(&mut fed);
        fed.signal.raise();
    }

    fn fed(&self) -> MutexGuard<'_, Fed<T>> {
        self.fed.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

fn of<T>(fed: &mut Fed<T>, partition: usize) -> &mut Partition<T> {
    let known = fed.partitions.len();
    fed.partitions
        .get_mut(partition)
        .unwrap_or_else(|| panic!("the input has {known} partitions, none with number {partition}"))
}

impl<T> Replayable for Input<T> {}

impl<T: Clone + Send + Sync> Source for Input<T> {
    /// How many blocks of the partition stand before.
    type Offset = u64;
    type Block = Arc<Vec<T>>;
    type Item<'b>
        = T
    where
        Self: 'b;

    fn name(&self) -> String {
        "a test".to_owned()
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        let mut fed = self.fed();
        fed.signal = signal.clone();
        fed.partitions.iter_mut().for_each(|partition| partition.taken = 0);
        Ok(())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        Ok(self.fed().partitions.len())
    }

    fn partition_name(&self, partition: usize) -> String {
        format!("partition {partition} of a test")
    }

    fn poll(&mut self, partition: usize, _budget: usize) -> Result<Poll<Self::Block>, Error> {
        let mut fed = self.fed();
        let partition = &mut fed.partitions[partition];
        Ok(match partition.blocks.get(partition.taken) {
            Some(block) => {
                partition.taken += 1;
                Poll::Block { bytes: crate::source::bytes_of::<T>(block.len()), block: Arc::clone(block) }
            }
            None if partition.ended => Poll::Ended,
            None => Poll::Pending,
        })
    }

    fn offset(&self, partition: usize) -> Option<u64> {
        self.fed().partitions.get(partition).map(|partition| partition.taken as u64)
    }

    fn seek(&mut self, positions: Vec<Position<u64>>) -> Result<(), Error> {
        let mut fed = self.fed();
        let known = fed.partitions.len();
        fed.partitions.iter_mut().for_each(|partition| partition.taken = 0);
        for (number, position) in positions.into_iter().enumerate() {
            let partition = fed.partitions.get_mut(number).ok_or_else(|| {
                let message = format!("the input has {known} partitions, none with number {number}");
                Error::new(ErrorKind::Source, message).help("give the job the input that it was started with")
            })?;
            // what the test has not given yet it gives later, in the same blocks
            partition.taken = usize::try_from(position.offset).unwrap_or(usize::MAX);
        }
        Ok(())
    }

    fn each<'b>(block: &'b Arc<Vec<T>>, each: impl FnMut(T))
    where
        Self: 'b,
    {
        block.iter().cloned().for_each(each);
    }

    fn count(block: &Arc<Vec<T>>) -> Option<u64> {
        Some(block.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::everywhere;

    #[test]
    fn what_was_given_before_the_end_is_still_read() {
        let fed = input_partitions(2);
        let mut source = fed.clone();
        fed.extend_to(1, ["a", "b"]);
        fed.end_partition(1);
        assert!(!fed.is_taken());
        assert!(matches!(source.poll(0, 1), Ok(Poll::Pending)));
        assert!(matches!(source.poll(1, 1), Ok(Poll::Block { block, bytes: 32 }) if *block == ["a", "b"]));
        assert!(fed.is_taken());
        assert!(matches!(source.poll(1, 1), Ok(Poll::Ended)));
        fed.end();
        assert!(matches!(source.poll(0, 1), Ok(Poll::Ended)));
    }

    #[test]
    fn a_second_job_reads_all_or_what_is_left() {
        let fed = input_partitions(2);
        (1..=4).for_each(|n| fed.push_to(n % 2, n));
        fed.extend_to(0, []);
        fed.end();
        everywhere(|| fed.clone(), 1, |_, n| n);
        let mut source = fed.clone();
        source.open(&Signal::default()).expect("opens");
        assert!(matches!(source.poll(0, 1), Ok(Poll::Block { block, .. }) if *block == [2]));
        assert_eq!((source.offset(0), source.offset(1)), (Some(1), Some(0)));
    }

    #[test]
    fn what_was_read_before_it_is_given_again_is_passed_over() {
        let fed = input();
        let mut source = fed.clone();
        let at = |offset| Position { partition: String::new(), offset, ended: false };
        source.seek(vec![at(2)]).expect("there");
        for n in 0..3 {
            assert!(matches!(source.poll(0, 1), Ok(Poll::Pending)), "{n} blocks were given");
            fed.push(n);
        }
        assert!(matches!(source.poll(0, 1), Ok(Poll::Block { block, .. }) if *block == [2]));
        let error = source.seek(vec![at(0), at(0)]).expect_err("refused");
        assert!(error.to_string().contains("none with number 1"), "{error}");
    }

    #[test]
    #[should_panic(expected = "the input has 1 partitions, none with number 1")]
    fn a_partition_that_does_not_exist_is_named() {
        input().push_to(1, 0);
    }
}
