//! A source over any iterator.

use super::{Poll, Source, bytes_of, records_within};
use crate::Error;

/// The items of an iterator, pulled lazily, in one partition. The iterator may be endless.
///
/// ```
/// use streamflow::{Source, source};
///
/// let squares = source::iter((1u64..).map(|n| n * n).take_while(|n| *n < 1_000_000));
/// assert_eq!(squares.name(), "an iterator");
/// ```
///
/// # Cost
/// The iterator runs on the thread of the job and should not wait: while it does, no other partition is
/// read. Up to 8,192 items are pulled at a time. An item is cloned when its task runs.
///
/// # After a crash
/// An iterator cannot go back: a job that is started again reads the one that it is given then, from its beginning. Use
/// [`vec()`](super::vec()) or a [`Replayable`](super::Replayable) source of your own where that matters.
pub fn iter<I>(items: I) -> Iter<I::IntoIter>
where
    I: IntoIterator,
    I::Item: Clone + Send + Sync,
{
    Iter { items: items.into_iter().fuse(), spare: Vec::new() }
}

/// The source of [`iter`].
#[derive(Clone, Debug)]
#[must_use = "a source does nothing until a job reads it"]
pub struct Iter<I: Iterator> {
    items: std::iter::Fuse<I>,
    spare: Vec<Vec<I::Item>>,
}

impl<I> Source for Iter<I>
where
    I: Iterator,
    I::Item: Clone + Send + Sync,
{
    type Offset = ();
    type Block = Vec<I::Item>;
    type Item<'b>
        = I::Item
    where
        Self: 'b;

    fn name(&self) -> String {
        "an iterator".to_owned()
    }

    fn partition_name(&self, _partition: usize) -> String {
        "iterator".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        let mut block = self.spare.pop().unwrap_or_default();
        block.extend(self.items.by_ref().take(records_within::<I::Item>(budget)));
        if block.is_empty() {
            return Ok(Poll::Ended);
        }
        let bytes = bytes_of::<I::Item>(block.len());
        Ok(Poll::Block { block, bytes })
    }

    fn each<'b>(block: &'b Self::Block, each: impl FnMut(I::Item))
    where
        Self: 'b,
    {
        block.iter().cloned().for_each(each);
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.len() as u64)
    }

    fn recycle(&mut self, mut block: Self::Block) {
        block.clear();
        self.spare.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::rounds;

    #[test]
    fn an_iterator_is_read_in_order() {
        let mut source = iter(0..10_000u16);
        let expected: Vec<u16> = (0..10_000).collect();
        assert_eq!(rounds(&mut source, 64, |_, n| n).expect("reads").concat(), expected);
    }

    #[test]
    fn an_endless_iterator_is_pulled_by_the_block() {
        let mut pulled = 0;
        let mut source = iter(std::iter::repeat_with(|| pulled += 1));
        let Poll::Block { block, .. } = source.poll(0, usize::MAX).expect("reads") else {
            panic!("a block was due");
        };
        assert_eq!(block.len(), 8192);
        drop(source);
        assert_eq!(pulled, 8192);
    }

    #[test]
    fn the_memory_of_a_block_is_used_again() {
        let mut source = iter(0..100u8);
        let Poll::Block { block, .. } = source.poll(0, 10).expect("reads") else {
            panic!("a block was due");
        };
        let address = block.as_ptr();
        source.recycle(block);
        let Poll::Block { block, .. } = source.poll(0, 10).expect("reads") else {
            panic!("a block was due");
        };
        assert_eq!((block.as_ptr(), block[0]), (address, 10));
    }
}
