//! The memory of a job is that of its batches and its keys: an input of many times the size takes no more.

#![cfg(target_os = "linux")]

mod child;
mod text;

use std::path::Path;
use streamflow::{file, sink, stream};

/// The highest resident size of this process so far, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

/// What a child does: counts words, and prints its peak and the bytes of its state.
fn count(path: &Path, threads: usize) {
    let job = stream! {
        file::lines(path)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> sink::discard()
    };
    let report = job.threads(threads).run().expect("counts");
    let state: usize = report.state.iter().map(|(_, size)| size.bytes).sum();
    assert_eq!(report.state[0].1.keys as u64, text::VOCABULARY);
    println!("memory: {} {}", peak(), state / 1024);
}

/// Peak and state of a child, in kilobytes.
fn measure(path: &Path, threads: usize) -> (u64, u64) {
    let role = format!("{threads} {}", path.display());
    let output =
        child::command("an_input_of_many_times_the_size_takes_no_more_memory", &role).output().expect("a child");
    let out = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{out}");
    let line = out.lines().find_map(|line| line.split_once("memory: ")).expect("the numbers").1;
    let (peak, state) = line.split_once(' ').expect("two numbers");
    (peak.parse().expect("a number"), state.parse().expect("a number"))
}

#[test]
fn an_input_of_many_times_the_size_takes_no_more_memory() {
    if let Some(role) = child::role() {
        let (threads, path) = role.split_once(' ').expect("threads and path");
        return count(Path::new(path), threads.parse().expect("a number"));
    }
    let directory = tempfile::tempdir().expect("a directory");
    // several batches also of the smaller one, so that everything has reached its size
    let big = text::megabytes(0);
    let sizes = if big == 0 { [12, 60] } else { [20, 10 * 20] };
    for threads in [1, 2] {
        let mut peaks = vec![];
        for megabytes in sizes {
            let path = directory.path().join("words.txt");
            text::write(&path, megabytes << 20).expect("written");
            let (peak, state) = measure(&path, threads);
            println!("{threads} threads, {megabytes} MiB: peak {peak} kB, state {state} kB");
            assert!(peak < (64 << 10) + state, "{peak} kB with a state of {state} kB");
            peaks.push(peak);
        }
        assert!(peaks[1] <= peaks[0] + peaks[0] / 10 + (4 << 10), "{peaks:?}");
    }
}
