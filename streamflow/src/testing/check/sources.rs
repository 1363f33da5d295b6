//! The records of a check, and the sources that its runs read.

use super::arrangement::Block;
use crate::testing::{Input, input_partitions};
use std::fmt::Debug;

/// The input of a check: [`One`] source, or [`Two`].
pub trait Sources {
    /// What the pipeline gets: an [`Input`], or a pair of them.
    type Inputs: Clone;
    /// What a model gets: the records of each partition, or a pair of those.
    type Records;
    #[doc(hidden)]
    fn lengths(&self) -> Vec<Vec<usize>>;
    #[doc(hidden)]
    fn open(&self) -> Self::Inputs;
    #[doc(hidden)]
    fn give(&self, inputs: &Self::Inputs, source: usize, partition: usize, records: &[usize]);
    #[doc(hidden)]
    fn end(&self, inputs: &Self::Inputs, source: usize, partition: usize);
    /// Those of the records that a run has.
    #[doc(hidden)]
    fn some(&self, source: usize, has: &dyn Fn(usize, usize, usize) -> bool) -> Self::Records;
    #[doc(hidden)]
    fn show(&self, source: usize, partition: usize, records: &[usize]) -> String;
}

/// One source: the records of each of its partitions.
#[derive(Clone, Debug)]
pub struct One<T>(pub(crate) Vec<Vec<T>>);

/// Two sources.
#[derive(Clone, Debug)]
pub struct Two<T, U>(pub(crate) One<T>, pub(crate) One<U>);

impl<T> One<T> {
    /// Deals the records of all partitions out to so many, in turn.
    pub(crate) fn deal(self, partitions: usize) -> Self {
        let mut dealt: Vec<Vec<T>> = (0..partitions.max(1)).map(|_| vec![]).collect();
        for (number, record) in self.0.into_iter().flatten().enumerate() {
            dealt[number % partitions.max(1)].push(record);
        }
        One(dealt)
    }
}

impl<T: Clone + Debug + Send + Sync> Sources for One<T> {
    type Inputs = Input<T>;
    type Records = Vec<Vec<T>>;

    fn lengths(&self) -> Vec<Vec<usize>> {
        vec![self.0.iter().map(Vec::len).collect()]
    }
    fn open(&self) -> Input<T> {
        input_partitions(self.0.len())
    }
    fn give(&self, input: &Input<T>, _: usize, partition: usize, records: &[usize]) {
        input.extend_to(partition, records.iter().map(|record| self.0[partition][*record].clone()));
    }
    fn end(&self, input: &Input<T>, _: usize, partition: usize) {
        input.end_partition(partition);
    }
    fn some(&self, source: usize, has: &dyn Fn(usize, usize, usize) -> bool) -> Vec<Vec<T>> {
        let of = |(partition, records): (usize, &Vec<T>)| {
            let kept = records.iter().enumerate().filter(|(record, _)| has(source, partition, *record));
            kept.map(|(_, record)| record.clone()).collect()
        };
        self.0.iter().enumerate().map(of).collect()
    }
    fn show(&self, _: usize, partition: usize, records: &[usize]) -> String {
        let records: Vec<&T> = records.iter().map(|record| &self.0[partition][*record]).collect();
        match self.0.len() {
            1 => format!("{records:?}"),
            _ => format!("partition {partition} {records:?}"),
        }
    }
}

impl<T, U> Sources for Two<T, U>
where
    T: Clone + Debug + Send + Sync,
    U: Clone + Debug + Send + Sync,
{
    type Inputs = (Input<T>, Input<U>);
    type Records = (Vec<Vec<T>>, Vec<Vec<U>>);

    fn lengths(&self) -> Vec<Vec<usize>> {
        [self.0.lengths(), self.1.lengths()].concat()
    }
    fn open(&self) -> Self::Inputs {
        (self.0.open(), self.1.open())
    }
    fn give(&self, inputs: &Self::Inputs, source: usize, partition: usize, records: &[usize]) {
        match source {
            0 => self.0.give(&inputs.0, 0, partition, records),
            _ => self.1.give(&inputs.1, 0, partition, records),
        }
    }
    fn end(&self, inputs: &Self::Inputs, source: usize, partition: usize) {
        match source {
            0 => self.0.end(&inputs.0, 0, partition),
            _ => self.1.end(&inputs.1, 0, partition),
        }
    }
    fn some(&self, source: usize, has: &dyn Fn(usize, usize, usize) -> bool) -> Self::Records {
        (self.0.some(source, has), self.1.some(source + 1, has))
    }
    fn show(&self, source: usize, partition: usize, records: &[usize]) -> String {
        match source {
            0 => format!("first {}", self.0.show(0, partition, records)),
            _ => format!("second {}", self.1.show(0, partition, records)),
        }
    }
}

/// The blocks of a batch, in words.
pub(crate) fn words(sources: &impl Sources, batch: &[Block]) -> String {
    if batch.is_empty() {
        return "nothing".to_owned();
    }
    let blocks = batch.iter().map(|block| sources.show(block.source, block.partition, &block.records));
    blocks.collect::<Vec<_>>().join(", ")
}
