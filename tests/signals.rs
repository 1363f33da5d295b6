//! Ctrl-C and SIGTERM finish the batch: the process ends as one that has done its work, and what it wrote is whole.

#![cfg(unix)]

mod child;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use streamflow::{EndedBy, Error, Report, file, source, stream};

const TEST: &str = "a_signal_finishes_the_batch";

/// What a child does: numbers without end into part files.
fn endless(directory: &Path, threads: usize) {
    let job = stream! {
        #![batch(bytes = 80_000)]
        source::generate_unpaced(|n| n)
            -> inspect(|_| ())
            -> map(|n| format!("number {n}"))
            -> file::parts(directory)
    };
    // an end of its own, in case nobody stops it
    let job = job.threads(threads).on_progress(|_| std::thread::sleep(Duration::from_millis(5)));
    let report = job.run().expect("stopped");
    assert_eq!(report.ended_by, EndedBy::Stop);
}

/// The parts in the order of their names.
fn parts(directory: &Path) -> Vec<String> {
    let entries =
        std::fs::read_dir(directory).map(|entries| entries.filter_map(Result::ok).collect()).unwrap_or_else(|_| vec![]);
    let mut names: Vec<String> = entries.iter().map(|entry| entry.file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(status.expect("the command `kill`").success());
}

#[test]
fn a_signal_finishes_the_batch() {
    if let Some(role) = child::role() {
        let (threads, directory) = role.split_once(' ').expect("threads and path");
        return endless(Path::new(directory), threads.parse().expect("a number"));
    }
    for (name, threads) in [("INT", 1), ("TERM", 1), ("INT", 2), ("TERM", 2)] {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("numbers");
        let role = format!("{threads} {}", path.display());
        let mut child = child::command(TEST, &role).stdout(Stdio::null()).spawn().expect("a child");
        while parts(&path).iter().filter(|name| name.starts_with("part-")).count() < 3 {
            assert!(child.try_wait().expect("a child").is_none(), "the job has ended by itself");
            std::thread::sleep(Duration::from_millis(1));
        }
        signal(&child, name);
        let status = child.wait().expect("ended");
        assert_eq!((status.code(), status.signal()), (Some(0), None), "SIG{name}");
        let names = parts(&path);
        assert!(names.iter().all(|name| name.starts_with("part-") && name.ends_with(".txt")), "{names:?}");
        let mut next = 0;
        for name in &names {
            let text = std::fs::read_to_string(path.join(name)).expect("read");
            assert!(text.ends_with('\n'), "{name} ends in the middle of a line");
            let lines = text.lines().count();
            assert_eq!(lines, 10_000, "{name} is a whole batch");
            assert!(text.lines().zip(next..).all(|(line, n)| line == format!("number {n}")), "{name} from {next}");
            next += lines;
        }
    }
}

const STOPS: &str = "a_job_that_was_stopped_reads_nothing_again";
const HANGS: &str = "a_batch_that_takes_too_long_is_left_to_the_next_start";

/// So many numbers, with a checkpoint, into part files; a batch takes some milliseconds, and one of them waits for long.
fn durable(directory: &Path, limit: u64, hangs: bool) -> Result<Report, Error> {
    let mut batches = 0;
    stream! {
        #![delivery(exactly_once)]
        #![batch(bytes = 8_000)]
        source::generate_unpaced(|n| n).limit(limit)
            -> count() as numbers
            -> file::parts(directory.join("counts"))
    }
    .checkpoint(directory.join("state"))
    .threads(1)
    .stop_within(Duration::from_millis(if hangs { 200 } else { 60_000 }))
    .on_progress(move |_| {
        batches += 1;
        std::thread::sleep(Duration::from_millis(if hangs && batches == 5 { 120_000 } else { 2 }));
    })
    .run()
}

/// The last count that was delivered.
fn counted(directory: &Path) -> u64 {
    let names = parts(&directory.join("counts")).into_iter().filter(|name| name.starts_with("part-"));
    let texts = names.map(|name| std::fs::read_to_string(directory.join("counts").join(name)).expect("read"));
    texts.last().map_or(0, |text| text.trim().parse().expect("a number"))
}

/// Runs a child until it has delivered some batches, and ends it by a signal: its exit code.
fn stopped(test: &str, directory: &Path) -> Option<i32> {
    let mut child =
        child::command(test, &directory.display().to_string()).stdout(Stdio::null()).spawn().expect("a child");
    while parts(&directory.join("counts")).len() < 4 {
        assert!(child.try_wait().expect("a child").is_none(), "the job has ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    // the fifth batch is the one that hangs
    std::thread::sleep(Duration::from_millis(100));
    signal(&child, "TERM");
    child.wait().expect("ended").code()
}

#[test]
fn a_job_that_was_stopped_reads_nothing_again() {
    if let Some(directory) = child::role() {
        let directory = Path::new(&directory);
        let report = durable(directory, u64::MAX, false).expect("stopped");
        assert_eq!(report.ended_by, EndedBy::Stop);
        return std::fs::write(directory.join("records"), report.records.to_string()).expect("written");
    }
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(stopped(STOPS, directory.path()), Some(0));
    let records = std::fs::read_to_string(directory.path().join("records")).expect("told");
    let records: u64 = records.parse().expect("a number");
    assert_eq!(counted(directory.path()), records, "all that was read is delivered");
    let rest = durable(directory.path(), records + 5_000, false).expect("it goes on");
    assert_eq!((rest.records, counted(directory.path())), (5_000, records + 5_000));
}

#[test]
fn a_batch_that_takes_too_long_is_left_to_the_next_start() {
    if let Some(directory) = child::role() {
        durable(Path::new(&directory), u64::MAX, true).expect("never comes so far");
        return;
    }
    let directory = tempfile::tempdir().expect("a directory");
    assert_eq!(stopped(HANGS, directory.path()), Some(75));
    let limit = counted(directory.path()) + 50_000;
    durable(directory.path(), limit, false).expect("it goes on");
    assert_eq!(counted(directory.path()), limit, "every number is counted once");
}
