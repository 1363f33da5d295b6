//! The memory of a job is that of its batches and its keys: neither an input of many times the size takes more, nor one that comes faster than
//! it is processed, nor the way back from a checkpoint. Each is measured in a process of its own.

#![cfg(target_os = "linux")]

mod child;
mod text;

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use streamflow::{BatchInfo, Checkpoint, Report, file, sink, source, stream, tcp};

/// The highest resident size of this process so far, in kilobytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the state of this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim_end_matches("kB").trim().parse().expect("a number")
}

/// What the peak differs by from run to run, in kilobytes: how many batches and buffers there are at once depends on who is scheduled. An input
/// of which a tenth were kept takes more than this.
const WAVERS: u64 = 12 << 10;

/// Prints the peak of this process, and the bytes of the state.
fn tell(report: &Report) {
    let state: usize = report.state.iter().map(|(_, size)| size.bytes).sum();
    println!("memory: {} {}", peak(), state / 1024);
}

/// Peak and state of a child that runs this test in a role, in kilobytes.
fn of_child(test: &str, role: &str) -> (u64, u64) {
    let output = child::command(test, role).output().expect("a child");
    let out = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{out}{}", String::from_utf8_lossy(&output.stderr));
    let line = out.lines().find_map(|line| line.split_once("memory: ")).expect("the numbers").1;
    let (peak, state) = line.split_once(' ').expect("two numbers");
    (peak.parse().expect("a number"), state.parse().expect("a number"))
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
    assert_eq!(report.state[0].1.keys as u64, text::VOCABULARY);
    tell(&report);
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
    let sizes = if big == 0 { [12, 140] } else { [20, 10 * 20] };
    for threads in [1, 2] {
        let mut peaks = vec![];
        for megabytes in sizes {
            let path = directory.path().join("words.txt");
            text::write(&path, megabytes << 20).expect("written");
            let role = format!("{threads} {}", path.display());
            let (peak, state) = of_child("an_input_of_many_times_the_size_takes_no_more_memory", &role);
            println!("{threads} threads, {megabytes} MiB: peak {peak} kB, state {state} kB");
            assert!(peak < (64 << 10) + state, "{peak} kB with a state of {state} kB");
            peaks.push(peak);
        }
        assert!(peaks[1] <= peaks[0] + WAVERS, "{peaks:?}");
    }
}

/// Bytes of a record that is pushed, with the end of its line.
const RECORD: usize = 100;

/// How far a source is ahead of a job that is too slow for it.
#[derive(Clone, Default)]
struct Race {
    offered: Arc<AtomicU64>,
    taken: Arc<AtomicU64>,
}

impl Race {
    /// Offers so many records, as fast as they are taken.
    fn offer(&self, records: u64, mut push: impl FnMut(&[u8])) {
        let line = [&[b'x'; RECORD - 1][..], b"\n"].concat();
        for _ in 0..records {
            push(&line);
            self.offered.fetch_add(1, Ordering::Release);
        }
    }

    /// A sink that takes a batch only when the source is so many records ahead, or has given all: it is always the slower one.
    fn slow(&self, ahead: u64, all: u64) -> impl FnMut(BatchInfo, Vec<usize>) + use<> {
        let Race { offered, taken } = self.clone();
        move |_, rows| {
            let taken = taken.fetch_add(rows.len() as u64, Ordering::Relaxed) + rows.len() as u64;
            while offered.load(Ordering::Acquire) < all.min(taken + ahead) {
                std::thread::yield_now();
            }
        }
    }
}

/// What a child does: a source of some megabytes that is faster than its job.
fn race(source: &str, megabytes: u64) {
    let (race, all) = (Race::default(), (megabytes << 20) / RECORD as u64);
    let directory = tempfile::tempdir().expect("a directory");
    // half of what may wait for the job
    let ahead = (512 << 10) / RECORD as u64;
    let offering = race.clone();
    let report = match source {
        "pushed" => {
            let (pusher, pushed) = source::pushed("pushed");
            let job = stream! { pushed -> map(|record| record.len()) -> sink::for_each_batch(race.slow(ahead, all)) };
            let job = job.threads(2).start().expect("starts");
            offering.offer(all, |line| drop(pusher.push(line).expect("taken")));
            drop(pusher);
            job.wait()
        }
        "journaled" => {
            let (pusher, pushed) = source::pushed("pushed");
            let job = stream! {
                pushed.journaled() -> map(|record| record.len()) -> sink::for_each_batch(race.slow(16 * ahead, all))
            };
            let job = job.checkpoint(directory.path()).threads(2).start().expect("starts");
            offering.offer(all, |line| drop(pusher.push(line).expect("taken")));
            drop(pusher);
            job.wait()
        }
        "listen" => {
            let bound = TcpListener::bind("127.0.0.1:0").expect("bound");
            let address = bound.local_addr().expect("an address");
            // what the system keeps of a connection is not ours
            let slow = race.slow((64 << 10) / RECORD as u64, all);
            let taken = race.taken.clone();
            let job = stream! { tcp::listener(bound) -> map(|line| line.len()) -> sink::for_each_batch(slow) };
            let job = job.threads(2).start().expect("starts");
            let mut client = TcpStream::connect(address).expect("connected");
            offering.offer(all, |line| client.write_all(line).expect("written"));
            drop(client);
            while taken.load(Ordering::Relaxed) < all {
                std::thread::yield_now();
            }
            job.stop();
            job.wait()
        }
        _ => {
            // a hundred times as many records as it can take: all of them are due
            let job = stream! {
                source::generate(1 << 40, |n| [n as u8; RECORD]) -> map(|record| record.len()) -> sink::for_each_batch(race.slow(0, 0))
            };
            let taken = race.taken.clone();
            let job = job.threads(2).start().expect("starts");
            while taken.load(Ordering::Relaxed) < all {
                std::thread::yield_now();
            }
            job.stop();
            job.wait()
        }
    };
    let report = report.expect("ends well");
    assert!(report.records >= all, "{report}");
    tell(&report);
}

#[test]
fn a_source_that_is_faster_than_its_job_takes_no_more_memory() {
    const TEST: &str = "a_source_that_is_faster_than_its_job_takes_no_more_memory";
    if let Some(role) = child::role() {
        let (source, megabytes) = role.split_once(' ').expect("a source and a size");
        return race(source, megabytes.parse().expect("a number"));
    }
    // the program itself, batches of up to 4 MiB and their results, and what may wait
    for (source, budget) in [("pushed", 32), ("journaled", 64), ("listen", 24), ("generate", 24)] {
        // the smaller one is more than may wait as well
        let [some, many] = [40, 200].map(|megabytes| {
            let (peak, _) = of_child(TEST, &format!("{source} {megabytes}"));
            println!("{source}, {megabytes} MiB: peak {peak} kB");
            assert!(peak < budget << 10, "{source}: {peak} kB of {budget} MiB");
            peak
        });
        assert!(many <= some + WAVERS, "{source}: {some} and {many} kB");
    }
}

const KEYS: u64 = 1_000_000;

/// What a child does: a sum a key in a checkpoint directory, `rounds` times over the keys.
fn keep(path: &Path, rounds: u64) {
    let job = stream! {
        source::generate_unpaced(|n| n).limit(KEYS * rounds) -> key_by(|n| n % KEYS) -> count() as counts -> sink::discard()
    };
    let checkpoint = Checkpoint::from(path);
    tell(&job.checkpoint(checkpoint).threads(2).run().expect("runs"));
}

#[test]
fn the_way_back_from_a_checkpoint_takes_a_multiple_of_the_state() {
    const TEST: &str = "the_way_back_from_a_checkpoint_takes_a_multiple_of_the_state";
    if let Some(role) = child::role() {
        let (rounds, path) = role.split_once(' ').expect("rounds and path");
        return keep(Path::new(path), rounds.parse().expect("a number"));
    }
    let directory = tempfile::tempdir().expect("a directory");
    for rounds in [1, 3] {
        let path = directory.path().join(rounds.to_string());
        let role = format!("{rounds} {}", path.display());
        let (written, _) = of_child(TEST, &role);
        // the same job again: it has nothing to read
        let (peak, state) = of_child(TEST, &role);
        println!("{KEYS} keys, {rounds} rounds: state {state} kB, peak {written} kB; at the way back {peak} kB");
        assert!(state > KEYS * 16 / 1024, "{state} kB is no state of {KEYS} keys");
        assert!(peak < (16 << 10) + 3 * state, "{peak} kB for a state of {state} kB");
    }
}

/// What a child does: counts by key, in batches of so many mebibytes of the same records.
fn count_batches(megabytes: usize) {
    let records: Vec<u64> = (0..(64 << 20) / 8).collect();
    let job = stream! { source::slice(&records) -> map(|n| *n) -> key_by(|n| n % 1_000) -> reduce(|a, b| a.max(b)) -> sink::discard() };
    let report = job.threads(2).batch_bytes(megabytes << 20).run().expect("runs");
    assert_eq!(report.batches, 64 / megabytes as u64);
    tell(&report);
}

#[test]
fn what_is_between_threads_does_not_grow_with_the_batch() {
    const TEST: &str = "what_is_between_threads_does_not_grow_with_the_batch";
    if let Some(role) = child::role() {
        return count_batches(role.parse().expect("a number"));
    }
    // all records are there from the beginning; as entries of the exchange they would be six times as large
    let [small, large] = [4, 64].map(|megabytes| of_child(TEST, &megabytes.to_string()).0);
    println!("batches of 4 MiB: peak {small} kB, of 64 MiB: {large} kB");
    assert!(large < small + WAVERS, "{small} and {large} kB");
}
