//! A source that a test feeds by hand.

use crate::Error;
use crate::source::{Poll, Signal, Source};
use std::collections::VecDeque;
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
pub fn input<T>() -> Input<T> {
    input_partitions(1)
}

/// As [`input`], with so many partitions. All are known from the start, so that the watermark waits for each of them.
pub fn input_partitions<T>(partitions: usize) -> Input<T> {
    let partitions = (0..partitions).map(|_| Partition { blocks: VecDeque::new(), ended: false }).collect();
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
    blocks: VecDeque<Vec<T>>,
    ended: bool,
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
        let records = records.into_iter().collect();
        self.feed(|fed| of(fed, partition).blocks.push_back(records));
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

    /// Has the job taken all that was given?
    #[must_use]
    pub fn is_taken(&self) -> bool {
        self.fed().partitions.iter().all(|partition| partition.blocks.is_empty())
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

impl<T: Clone + Send + Sync> Source for Input<T> {
    type Offset = ();
    type Block = Vec<T>;
    type Item<'b>
        = T
    where
        Self: 'b;

    fn name(&self) -> String {
        "a test".to_owned()
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.fed().signal = signal.clone();
        Ok(())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        Ok(self.fed().partitions.len())
    }

    fn partition_name(&self, partition: usize) -> String {
        format!("partition {partition} of a test")
    }

    fn poll(&mut self, partition: usize, _budget: usize) -> Result<Poll<Vec<T>>, Error> {
        let mut fed = self.fed();
        let partition = &mut fed.partitions[partition];
        Ok(match partition.blocks.pop_front() {
            Some(block) => Poll::Block { bytes: crate::source::bytes_of::<T>(block.len()), block },
            None if partition.ended => Poll::Ended,
            None => Poll::Pending,
        })
    }

    fn each<'b>(block: &'b Vec<T>, each: impl FnMut(T))
    where
        Self: 'b,
    {
        block.iter().cloned().for_each(each);
    }

    fn count(block: &Vec<T>) -> Option<u64> {
        Some(block.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_before_the_end_is_still_read() {
        let fed = input_partitions(2);
        let mut source = fed.clone();
        fed.extend_to(1, ["a", "b"]);
        fed.end_partition(1);
        assert!(!fed.is_taken());
        assert!(matches!(source.poll(0, 1), Ok(Poll::Pending)));
        assert!(matches!(source.poll(1, 1), Ok(Poll::Block { block, bytes: 32 }) if block == ["a", "b"]));
        assert!(fed.is_taken());
        assert!(matches!(source.poll(1, 1), Ok(Poll::Ended)));
        fed.end();
        assert!(matches!(source.poll(0, 1), Ok(Poll::Ended)));
    }

    #[test]
    #[should_panic(expected = "the input has 1 partitions, none with number 1")]
    fn a_partition_that_does_not_exist_is_named() {
        input().push_to(1, 0);
    }
}
