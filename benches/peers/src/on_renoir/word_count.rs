use super::{add, batches, run_to_number};
use crate::shares::share_of_text;
use crate::word::Word;
use crate::workloads::row_hash;
use crate::workloads::text_hash;
use streamflow::words;

/// Counted where the words are found, then once more by key: the fastest form that its documentation has.
pub fn word_count(text: &'static str, threads: usize) -> Result<u64, String> {
    run_to_number(threads, |context| {
        context
            .stream_par_iter(move |index, peers| share_of_text(text, index as usize, peers as usize).lines())
            .batch_mode(batches())
            .flat_map(|line| words(line).map(Word))
            .group_by_count(|word| *word)
            .unkey()
            .map(|(word, count)| row_hash([text_hash(word.0), count as u64]))
            .fold_assoc(0, add, add)
            .collect_vec()
    })
}
