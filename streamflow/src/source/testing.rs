//! A small stand-in for the engine: it polls a source to its end in the order the engine would.

use super::{Poll, Signal, Source};
use crate::Error;
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
}
