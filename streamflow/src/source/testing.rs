//! A small stand-in for the engine: it polls a source to its end in the order the engine would.

use super::{Poll, Position, Signal, Source};
use crate::Error;
use std::fmt::Debug;
use std::time::Duration;

/// Opens the source and reads it until everything ended; the rounds are what the engine makes batches of.
/// `map` sees every record with its partition.
pub(crate) fn rounds<S: Source + 'static, T>(
    source: &mut S,
    budget: usize,
    mut map: impl FnMut(usize, S::Item<'_>) -> T,
) -> Result<Vec<Vec<T>>, Error> {
    let signal = Signal::default();
    source.open(&signal)?;
    let mut rounds = Vec::new();
    let mut ended: Vec<bool> = Vec::new();
    loop {
        let known = source.partitions()?;
        assert!(known >= ended.len(), "the number of partitions fell");
        ended.resize(known, false);
        if source.complete() && ended.iter().all(|ended| *ended) {
            return Ok(rounds);
        }
        let (mut round, mut waits) = (Vec::new(), false);
        for (partition, ended) in ended.iter_mut().enumerate() {
            while !*ended {
                match source.poll(partition, budget)? {
                    Poll::Block { block, bytes } => {
                        let before = round.len();
                        S::each(&block, |item| round.push(map(partition, item)));
                        assert!(bytes > 0 || round.len() == before, "records that cost nothing never end a batch");
                        source.recycle(block);
                    }
                    Poll::Pending => {
                        waits = true;
                        break;
                    }
                    Poll::Ended => *ended = true,
                }
            }
        }
        if waits && round.is_empty() {
            signal.wait(source.poll_after().unwrap_or(Duration::from_secs(5)));
        }
        rounds.push(round);
    }
}

/// Stops a source after every number of polls and lets another one go on from its offsets, which must give exactly the rest:
/// what was polled before a stop has been processed.
pub(crate) fn everywhere<S: Source + 'static, T: Debug + PartialEq>(
    source: impl Fn() -> S,
    budget: usize,
    mut map: impl FnMut(usize, S::Item<'_>) -> T,
) {
    let opened = || {
        let mut source = source();
        source.open(&Signal::default()).expect("opens");
        let partitions = source.partitions().expect("known");
        (source, partitions)
    };
    let (mut whole, partitions) = opened();
    let (mut all, mut ended) = ((0..partitions).map(|_| vec![]).collect::<Vec<_>>(), vec![false; partitions]);
    read(&mut whole, budget, usize::MAX, &mut ended, &mut |partition, item| all[partition].push(map(partition, item)));
    for stop in 0.. {
        let (mut seen, mut ended) = ((0..partitions).map(|_| vec![]).collect::<Vec<_>>(), vec![false; partitions]);
        let mut keep = |partition: usize, item: S::Item<'_>| seen[partition].push(map(partition, item));
        let (mut first, _) = opened();
        read(&mut first, budget, stop, &mut ended, &mut keep);
        let positions = (0..partitions).map(|partition| Position {
            partition: first.partition_name(partition),
            offset: first.offset(partition).expect("it can go back"),
            ended: ended[partition],
        });
        let positions = positions.collect();
        let stopped = ended.contains(&false);
        let (mut second, _) = opened();
        second.seek(positions).expect("goes back");
        assert_eq!(second.partitions().expect("known"), partitions);
        read(&mut second, budget, usize::MAX, &mut ended, &mut keep);
        assert_eq!(seen, all, "stopped after {stop} polls");
        if !stopped {
            return;
        }
    }
}

/// Polls so many times, in turns, those that have not ended.
fn read<S: Source + 'static>(
    source: &mut S,
    budget: usize,
    mut polls: usize,
    ended: &mut [bool],
    each: &mut dyn FnMut(usize, S::Item<'_>),
) {
    while ended.contains(&false) {
        for (partition, ended) in ended.iter_mut().enumerate().filter(|(_, ended)| !**ended) {
            if polls == 0 {
                return;
            }
            polls -= 1;
            match source.poll(partition, budget).expect("reads") {
                Poll::Block { block, .. } => {
                    S::each(&block, |item| each(partition, item));
                    source.recycle(block);
                }
                Poll::Pending => {}
                Poll::Ended => *ended = true,
            }
        }
    }
}

/// Every record of a source whose items are text, as `String`s.
pub(crate) fn texts<S>(source: &mut S, budget: usize) -> Result<Vec<String>, Error>
where
    S: for<'b> Source<Item<'b> = &'b str> + 'static,
{
    Ok(rounds(source, budget, |_, line| line.to_owned())?.concat())
}

/// A job may be started on a thread of its own, so its source has to go there.
#[test]
fn sources_can_be_sent_to_a_thread() {
    fn sent<S: Source + Send>(_source: S) {}
    sent(super::vec(vec![1]));
    sent(super::batches(vec![vec![1]]));
    sent(super::slice(&[1]));
    sent(super::iter(0..1));
    sent(super::generate(1, |n| n));
    sent(super::stdin());
    sent(super::file::lines("a"));
    sent(super::file::watch("a"));
    sent(super::tcp::lines("a"));
    sent(super::tcp::listen("a"));
    sent(super::tcp::listen("a").journaled());
    sent(super::pushed("a").1.journaled());
}
