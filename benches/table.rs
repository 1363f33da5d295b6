//! How fast are the workloads, beside the loops that one would write by hand?
//!
//! `cargo bench --bench table [-- NAME..]`, such as `-- w3 w4`.

mod support;
mod workloads;

use support::{compare, entry};
use workloads::{How, Outcome, w1_fused_chain, w2_word_count, w3_tumbling, w4_sliding};

const ROUNDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if is_wanted("w1") {
        let numbers = w1_fused_chain::input(20_000_000);
        compared(
            "W1 fused chain",
            numbers.len(),
            || w1_fused_chain::hand(&numbers),
            |how| w1_fused_chain::pipeline(&numbers, how),
        );
    }
    if is_wanted("w2") {
        let words = 20_000_000;
        let text = w2_word_count::input(words);
        let expected = w2_word_count::hand(&text).checksum();
        for threads in [1, 2] {
            let counted = w2_word_count::verified(&text, &How::threads(threads)).expect("counts");
            assert_eq!(counted.checksum, expected);
        }
        compared(
            "W2 word count",
            words,
            || w2_word_count::hand(&text).distinct(),
            |how| w2_word_count::pipeline(&text, how),
        );
    }
    if is_wanted("w3") || is_wanted("w4") {
        let records = workloads::records(10_000_000);
        if is_wanted("w3") {
            compared(
                "W3 tumbling windows",
                records.len(),
                || w3_tumbling::hand(&records),
                |how| w3_tumbling::pipeline(&records, how),
            );
        }
        if is_wanted("w4") {
            compared(
                "W4 sliding windows",
                records.len(),
                || w4_sliding::hand(&records),
                |how| w4_sliding::pipeline(&records, how),
            );
        }
    }
}

fn compared(
    title: &str,
    events: usize,
    hand: impl Fn() -> u64,
    pipeline: impl Fn(&How<'_>) -> Result<Outcome, streamflow::Error>,
) {
    let ours = |threads| pipeline(&How::threads(threads)).expect(title).checksum;
    let entries = vec![entry("hand-written loop", hand), entry("1 thread", || ours(1)), entry("2 threads", || ours(2))];
    compare(title, events as u64, ROUNDS, entries);
}
