//! Ctrl-C and SIGTERM finish the batch: the process ends as one that has done its work, and what it wrote is whole.

#![cfg(unix)]

mod child;

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use streamflow::{EndedBy, file, source, stream};

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
