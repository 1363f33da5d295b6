//! Sources and sinks that fit exactly-once delivery: the library's, wrappers, one's own of every kind, and generic ones.

use std::path::Path;
use streamflow::sink::{Idempotent, OffsetStoring, Prepared, Transactional};
use streamflow::source::{Journaled, Poll, Position, Replayable};
use streamflow::*;

/// A wrapper around a source.
struct Loud<S>(S);

impl<S: Source> Source for Loud<S> {
    type Block = S::Block;
    type Item<'b>
        = S::Item<'b>
    where
        Self: 'b;
    type Offset = S::Offset;
    fn name(&self) -> String {
        self.0.name().to_uppercase()
    }
    fn partition_name(&self, partition: usize) -> String {
        self.0.partition_name(partition)
    }
    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<S::Block>, Error> {
        self.0.poll(partition, budget)
    }
    fn offset(&self, partition: usize) -> Option<S::Offset> {
        self.0.offset(partition)
    }
    fn seek(&mut self, positions: Vec<Position<S::Offset>>) -> Result<(), Error> {
        self.0.seek(positions)
    }
    fn each<'b>(block: &'b S::Block, each: impl FnMut(S::Item<'b>))
    where
        Self: 'b,
    {
        S::each(block, each);
    }
}

impl<S: Replayable> Replayable for Loud<S> {}

/// A source behind a receiver log.
struct Received(source::Iter<std::ops::Range<u64>>);

impl Source for Received {
    type Block = Vec<u64>;
    type Item<'b> = u64;
    type Offset = ();
    fn name(&self) -> String {
        "received".to_owned()
    }
    fn partition_name(&self, partition: usize) -> String {
        self.0.partition_name(partition)
    }
    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<Vec<u64>>, Error> {
        self.0.poll(partition, budget)
    }
    fn each<'b>(block: &'b Vec<u64>, each: impl FnMut(u64))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

impl Journaled for Received {}

/// A wrapper around a sink; its marker says by what it holds results once.
struct Named<K>(K);
struct InTransactions<K>(K);
struct WithOffsets<K>(K);

macro_rules! sink {
    ($name:ident) => {
        impl<T, K: Sink<T>> Sink<T> for $name<K> {
            type Part = K::Part;
            fn name(&self) -> String {
                self.0.name()
            }
            fn part(&self) -> K::Part {
                self.0.part()
            }
            fn push(part: &mut K::Part, item: T) {
                K::push(part, item);
            }
            fn deliver(&mut self, batch: BatchInfo, parts: Vec<K::Part>) -> Result<(), Error> {
                self.0.deliver(batch, parts)
            }
            fn prepare(&mut self, batch: BatchInfo, parts: Vec<K::Part>) -> Result<Prepared, Error> {
                self.0.prepare(batch, parts)
            }
        }
    };
}
sink!(Named);
sink!(InTransactions);
sink!(WithOffsets);
impl<K: Idempotent> Idempotent for Named<K> {}
impl<K> Transactional for InTransactions<K> {}
impl<K> OffsetStoring for WithOffsets<K> {}

fn generic<S, K>(numbers: S, out: K) -> String
where
    S: for<'b> Source<Item<'b> = u64> + Replayable + 'static,
    K: Sink<u64> + Idempotent,
{
    let mut job = stream! {
        #![delivery(exactly_once)]
        numbers -> out
    };
    job.explain()
}

fn main() {
    let directory = Path::new("state");
    let mut job = stream! {
        #![delivery(exactly_once)]
        #![checkpoint(directory.join("of") .join("this job"))]
        let one = Loud(source::vec(vec![1u64])) -> filter(|n| *n > 0);
        let two = Received(source::iter(0..3));
        let three = source::generate_unpaced(|n| n).limit(3);
        merge(one, two, three) -> split {
            a => Named(file::parts("a")),
            b => InTransactions(sink::stdout()),
            c => WithOffsets(sink::stdout()),
            d => file::batches("d", "txt"),
            e => file::write("e"),
            f => sink::discard(),
        }
    };
    assert!(job.explain().contains("1 RECORDS IN MEMORY"));
    generic(source::batches(vec![vec![1u64]]), file::write("e"));
    // asking for less asks nothing of the ends
    let mut numbers = vec![];
    let _job = stream! {
        #![delivery(at_least_once)]
        #![checkpoint("state")]
        source::iter(0..3) -> &mut numbers
    };
    let _job = stream! { #![delivery(at_most_once)] source::iter(0..3) -> sink::print(3) };
}
