//! The best of each window: which words of the licence are used most in each ten seconds of reading it, and in all.
//!
//! `cargo run --example top_k`

use std::cmp::Reverse;
use streamflow::{Timestamp, sink, source, stream};

const TEXT: &str = include_str!("../LICENSE-MIT");

fn main() -> Result<(), streamflow::Error> {
    // a line a second
    let lines: Vec<(i64, &str)> = TEXT.lines().enumerate().map(|(number, line)| (number as i64, line)).collect();
    let mut job = stream! {
        #![name = "top_k"]
        #![threads = 1]
        let words = source::vec(lines)
            -> timestamp(|line| Timestamp::from_secs(line.0))
            -> flat_map(|line| line.1.split_whitespace())
            -> key_by(|word| *word);
        words
            -> window(tumbling(10s))
            -> count() as each
            -> top(3, by = |row| (row.value, Reverse(row.key)))
            -> map(|row| format!("line {:>2} on: {:>3} {}", row.start.as_secs(), row.value, row.key))
            -> sink::stdout();
        words
            -> count() as all
            -> top(3, by = |row| (row.value, Reverse(row.key)))
            -> map(|row| format!("in all:   {:>3} {}", row.value, row.key))
            -> sink::stdout();
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
