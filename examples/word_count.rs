//! Counts the words of files and shows the most frequent ones: the main job.
//!
//! `cargo run --release --example word_count [FILE..]`
//!
//! Without arguments it counts the Markdown and Rust sources of this repository. A file may be a glob. Words are
//! separated by white space; they borrow from the blocks of the file, so that counting one allocates nothing.

use indicatif::{ProgressBar, ProgressStyle};
use std::cmp::Reverse;
use std::process::ExitCode;
use streamflow::{Error, Progress, file, sink, stream};

/// What a newcomer has at hand.
const SOURCES: [&str; 4] = ["*.md", "docs/**/*.md", "streamflow*/src/**/*.rs", "examples/*.rs"];

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("word_count: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut files: Vec<String>) -> Result<(), Error> {
    if files.is_empty() {
        let here = env!("CARGO_MANIFEST_DIR");
        files = SOURCES.iter().map(|pattern| format!("{here}/{pattern}")).collect();
    }
    let mut job = stream! {
        #![name = "word_count"]
        file::lines(files)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> top(20, by = |row| (row.value, Reverse(row.key)))
            -> map(|row| (row.value, row.key))
            -> sink::table(["count", "word"])
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    let bar = bar();
    let report = job.on_progress({
        let bar = bar.clone();
        move |progress: &Progress| {
            bar.set_length(progress.total_bytes.unwrap_or(progress.bytes));
            bar.set_position(progress.bytes);
        }
    });
    let report = report.run()?;
    bar.finish_and_clear();
    let words = report.state.iter().find(|(label, _)| *label == "words");
    let distinct = words.map_or(0, |(_, size)| size.keys);
    let rate = report.bytes as f64 / 1e6 / report.elapsed.as_secs_f64().max(1e-9);
    eprintln!("{distinct} different words; {report}, {rate:.0} MB/s");
    Ok(())
}

/// A bar with rate and time on a terminal; nothing where standard error is none.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
