//! `job | head -1`: a reader that goes away is the end of the job, and no failure.

#![cfg(unix)]

mod child;

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use streamflow::{EndedBy, sink, source, stream};

/// What a child does: numbers without end to standard output.
fn endless(threads: usize) -> ! {
    let job = stream! {
        source::generate_unpaced(|n| n) -> map(|n| format!("number {n}")) -> sink::stdout()
    };
    let report = job.threads(threads).run().expect("no failure");
    assert_eq!(report.ended_by, EndedBy::Closed);
    eprintln!("ended");
    // the harness would print its summary into the closed pipe, and fail
    std::process::exit(0);
}

#[test]
fn a_reader_that_goes_away_ends_the_job_quietly() {
    if let Some(threads) = child::role() {
        endless(threads.parse().expect("a number"));
    }
    for threads in ["1", "2"] {
        let mut command = child::command("a_reader_that_goes_away_ends_the_job_quietly", threads);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a child");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = lines.find_map(|line| line.ok().filter(|line| line.starts_with("number ")));
        drop(lines);
        assert!(first.is_some_and(|line| line.starts_with("number ")));
        let mut errors = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut errors).expect("text");
        let status = child.wait().expect("ended");
        assert_eq!((status.code(), errors.as_str()), (Some(0), "ended\n"));
    }
}
