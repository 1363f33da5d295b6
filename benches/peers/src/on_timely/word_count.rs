use super::feed::feed;
use super::{add_up, run};
use crate::shares::share_of_text;
use crate::word::Word;
use crate::workloads::row_hash;
use crate::workloads::text_hash;
use foldhash::fast::{FixedState, RandomState};
use std::collections::HashMap;
use std::hash::BuildHasher;
use streamflow::words;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, ParallelizationContract, Pipeline};
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::vec::Map;

/// Lines a container.
const LINES: usize = 64;

/// Counted where the words are found, then once more by key, when the text has ended.
pub fn word_count(text: &'static str, threads: usize) -> Result<u64, String> {
    run(threads, move |scope, index, total| {
        let mut lines = share_of_text(text, index, threads).lines();
        let containers = std::iter::from_fn(move || {
            let some: Vec<_> = lines.by_ref().take(LINES).collect();
            (!some.is_empty()).then_some(some)
        });
        let words =
            feed(scope, containers, |_| 0).flat_map(|line| words(line).map(|word| (Word(word), 1)));
        // all workers must agree on whose a word is
        let owner = FixedState::default();
        let by_word = Exchange::new(move |(word, _): &(Word, u64)| owner.hash_one(word));
        let found = sum_by_word(words, Pipeline);
        let counts = if threads == 1 { found } else { sum_by_word(found, by_word) };
        add_up(counts.map(|(word, count)| row_hash([text_hash(word.0), count])), total);
    })
}

/// Tells the sums when the input has ended.
fn sum_by_word<'scope>(
    words: StreamVec<'scope, u64, (Word, u64)>,
    pact: impl ParallelizationContract<u64, Vec<(Word, u64)>>,
) -> StreamVec<'scope, u64, (Word, u64)> {
    words.unary_frontier(pact, "SumByWord", |capability, _| {
        let mut capability = Some(capability);
        let mut sums: HashMap<Word, u64, RandomState> = HashMap::default();
        move |(input, frontier), output| {
            input.for_each(|_, words| {
                for (word, count) in words.drain(..) {
                    *sums.entry(word).or_insert(0) += count;
                }
            });
            if frontier.is_empty()
                && let Some(capability) = capability.take()
            {
                output.session(&capability).give_iterator(std::mem::take(&mut sums).into_iter());
            }
        }
    })
}
