//! Counts the words of files and shows the most frequent ones: the main job.
//!
//! `cargo run --release --example word_count [FILE..]`
//!
//! Without arguments it counts the Markdown and Rust sources of this repository. A file may be a glob. Words are
//! separated by ASCII white space; they borrow from the blocks of the file, so that counting one allocates nothing.
//!
//! `.. word_count -- --help` shows what else the program can do: `streamflow::cli` makes it one.

use indicatif::{ProgressBar, ProgressStyle};
use std::cmp::Reverse;
use std::process::ExitCode;
use streamflow::cli::Program;
use streamflow::{Progress, Report, file, sink, stream, words};

/// What a newcomer has at hand.
const SOURCES: [&str; 4] = ["*.md", "docs/**/*.md", "streamflow*/src/**/*.rs", "examples/*.rs"];

#[derive(clap::Args)]
struct Arguments {
    /// Files or globs; without any, the Markdown and Rust sources of the repository
    #[arg(value_name = "FILE")]
    files: Vec<String>,
}

impl Arguments {
    fn files(self) -> Vec<String> {
        if self.files.is_empty() {
            let here = env!("CARGO_MANIFEST_DIR");
            return SOURCES.iter().map(|pattern| format!("{here}/{pattern}")).collect();
        }
        self.files
    }
}

fn main() -> ExitCode {
    let bar = bar();
    let shown = bar.clone();
    let program = Program::new(|arguments: Arguments| {
        let job = stream! {
            #![name = "word_count"]
            file::lines(arguments.files())
                -> flat_map(|line| words(line))
                -> key_by(|word| *word)
                -> count() as words
                -> top(20, by = |row| (row.value, Reverse(row.key)))
                -> map(|row| (row.value, row.key))
                -> sink::table(["count", "word"])
        };
        job.on_progress(move |progress: &Progress| {
            shown.set_length(progress.total_bytes.unwrap_or(progress.bytes));
            shown.set_position(progress.bytes);
        })
    });
    program
        .about("Counts the words of files and shows the most frequent ones")
        .ended(move |report| {
            bar.finish_and_clear();
            tell(report);
        })
        .main()
}

fn tell(report: &Report) {
    let words = report.state.iter().find(|(label, _)| *label == "words");
    let distinct = words.map_or(0, |(_, size)| size.keys);
    let rate = report.bytes as f64 / 1e6 / report.elapsed.as_secs_f64().max(1e-9);
    eprintln!("{distinct} different words; {report}, {rate:.0} MB/s");
}

/// A bar with rate and time on a terminal; nothing where standard error is none.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
