//! Real processes on real files, killed with `kill -9` at any moment. `STREAMFLOW_KILLS` says how often.
//!
//! Every other run is in memory (`/dev/shm`), where there is that: a kill finds other moments where a sync takes no time, and a process that
//! dies has the same files there.

use crate::child;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use streamflow::{Checkpoint, ErrorKind, Timestamp, file, sink, source, stream};

/// One directory holds input, checkpoint and results.
fn paths(directory: &Path) -> [PathBuf; 3] {
    ["input.txt", "state", "results"].map(|name| directory.join(name))
}

/// Running counts of words into one file.
fn words(directory: &Path) -> Result<(), streamflow::Error> {
    let [input, state, results] = paths(directory);
    let job = stream! {
        #![name = "words"]
        #![delivery(exactly_once)]
        #![checkpoint(Checkpoint::from(state).snapshot_after(7))]
        file::lines(input)
            -> flat_map(|line| line.split(' '))
            -> key_by(|word| *word)
            -> count() as words
            -> map(|row| format!("{} {}", row.key, row.value))
            -> file::write(results)
    };
    job.batch_bytes(3_000).threads(2).run().map(drop)
}

/// Windows into a file an epoch.
fn windows(directory: &Path) -> Result<(), streamflow::Error> {
    let [input, state, results] = paths(directory);
    let job = stream! {
        #![name = "windows"]
        #![delivery(exactly_once)]
        #![checkpoint(Checkpoint::from(state).snapshot_after(5))]
        file::lines(input)
            -> map(|line| line.split(' ').map(|word| word.parse::<i64>().unwrap_or(0)).collect::<Vec<_>>())
            -> timestamp(|numbers| Timestamp::from_secs(numbers[0]), disorder = 3s)
            -> key_by(|numbers| numbers[1])
            -> window(tumbling(10s))
            -> sum(|numbers| numbers[2]) as sums
            -> map(|row| format!("{} {} {}", row.start.as_millis() / 1000, row.key, row.value))
            -> file::parts(results)
    };
    job.batch_bytes(3_000).threads(2).run().map(drop)
}

const PAGE: usize = 4_096;

/// Lines and their number so far, each at most once, into files that know nothing of epochs.
fn seldom(directory: &Path) -> Result<(), streamflow::Error> {
    let [input, state, results] = paths(directory);
    std::fs::create_dir_all(&results).expect("a directory");
    let append = |name: &str| {
        let path = results.join(name);
        let file = std::fs::File::options().append(true).create(true).open(path).expect("a file");
        sink::for_each_batch(move |_, lines: Vec<String>| {
            let mut text: String = lines.iter().map(|line| format!("{line}\n")).collect();
            // one write of one page: a process may be killed between the pages of a write
            assert!(text.len() <= PAGE, "a batch is smaller");
            text.extend(std::iter::repeat_n('\n', PAGE - text.len()));
            (&file).write_all(text.as_bytes())
        })
    };
    let (lines, counts) = (append("lines"), append("counts"));
    let job = stream! {
        #![name = "seldom"]
        #![delivery(at_most_once)]
        #![checkpoint(Checkpoint::from(state).snapshot_after(7))]
        file::lines(input) -> split {
            lines => map(str::to_owned) -> lines,
            counts => count() as seen -> map(|count: u64| count.to_string()) -> counts,
        }
    };
    job.batch_bytes(3_000).threads(2).run().map(drop)
}

/// Mixed bits of a number.
fn mixed(number: u64) -> u64 {
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20
}

/// Where the files of a run are, and how long a life takes there.
struct Place {
    root: PathBuf,
    life: Duration,
}

fn places() -> Vec<Place> {
    let all = [PathBuf::from("/dev/shm"), std::env::temp_dir()];
    let there = all.into_iter().filter(|root| tempfile::tempdir_in(root).is_ok());
    there.map(|root| Place { root, life: Duration::from_millis(100) }).collect()
}

/// Kills the child of a test at random moments until one lives to the end. Gives the number of deaths.
fn kill_until_done(test: &str, role: &str, directory: &Path, seed: u64, place: &mut Place) -> u64 {
    for life in 0.. {
        let mut command = child::command(test, role);
        command.env("DIRECTORY", directory).stdout(Stdio::null()).stderr(Stdio::piped());
        let began = Instant::now();
        let mut process = command.spawn().expect("this program starts");
        // seldom long enough to reach the end: most lives are to end early
        let longest = place.life.as_micros() as u64 * 5 / 4;
        let deadline = began + Duration::from_micros(mixed(seed * 1_000 + life) % longest.max(1));
        loop {
            if let Some(status) = process.try_wait().expect("a child") {
                let output = process.wait_with_output().expect("a child");
                assert!(status.success(), "life {life} ends with {}", String::from_utf8_lossy(&output.stderr));
                // of lives that go on where others have died only the longest say how long one takes
                place.life = began.elapsed().max(place.life * 9 / 10);
                return life;
            }
            if Instant::now() >= deadline {
                process.kill().expect("a child that lives");
                process.wait().expect("a child");
                break;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
    }
    unreachable!("there are enough numbers")
}

fn kills() -> u64 {
    std::env::var("STREAMFLOW_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(60)
}

/// Runs a job that is killed, again and again with other input, until there were enough deaths.
fn kill_often(test: &str, role: &str, make: fn(u64) -> String, check: fn(&str, &Path)) {
    let (mut deaths, mut seed) = (0, 0);
    let mut places = places();
    while deaths < kills() {
        seed += 1;
        let place = seed as usize % places.len();
        let place = &mut places[place];
        let directory = tempfile::tempdir_in(&place.root).expect("a directory");
        let input = make(seed);
        std::fs::write(directory.path().join("input.txt"), &input).expect("a file");
        deaths += kill_until_done(test, role, directory.path(), seed, place);
        check(&input, &directory.path().join("results"));
    }
    println!("{role}: {deaths} deaths in {seed} runs");
}

fn child_directory() -> PathBuf {
    std::env::var_os("DIRECTORY").expect("the directory of the test").into()
}

#[test]
fn counts_of_words_survive_kills() {
    if child::role().as_deref() == Some("words") {
        return words(&child_directory()).unwrap_or_else(|error| panic!("{error}"));
    }
    let text = |seed: u64| {
        let word = |n: u64| format!("w{}", mixed(seed + n * 31) % 300);
        (0..2_000).fold(String::new(), |mut text, line| {
            let words: Vec<String> = (0..8).map(|n| word(line * 8 + n)).collect();
            let _ = writeln!(text, "{}", words.join(" "));
            text
        })
    };
    let check = |input: &str, results: &Path| {
        let mut expected: BTreeMap<&str, u64> = BTreeMap::new();
        input.split_whitespace().for_each(|word| *expected.entry(word).or_default() += 1);
        let lines = std::fs::read_to_string(results).expect("results");
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for line in lines.lines() {
            let (word, count) = line.split_once(' ').expect("a word and a count");
            let count = count.parse().expect("a count");
            let before = seen.insert(word, count);
            assert!(before.is_none_or(|before| before < count), "{line} comes behind {before:?}");
        }
        assert_eq!(seen, expected);
    };
    kill_often("kill::counts_of_words_survive_kills", "words", text, check);
}

#[test]
fn windows_survive_kills() {
    if child::role().as_deref() == Some("windows") {
        return windows(&child_directory()).unwrap_or_else(|error| panic!("{error}"));
    }
    let text = |seed: u64| {
        (0..6_000).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "{} {} {}", n / 20 + mixed(seed + n) % 4, mixed(seed * 7 + n) % 40, n);
            text
        })
    };
    let check = |input: &str, results: &Path| {
        let mut expected: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for line in input.lines() {
            let numbers: Vec<i64> = line.split(' ').map(|n| n.parse().expect("a number")).collect();
            *expected.entry((numbers[0] / 10 * 10, numbers[1])).or_default() += numbers[2];
        }
        let mut expected: Vec<String> =
            expected.iter().map(|((start, key), sum)| format!("{start} {key} {sum}")).collect();
        let parts = std::fs::read_dir(results).expect("results").map(|entry| entry.expect("a file").path());
        let parts = parts.filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
        let text: Vec<String> = parts.map(|path| std::fs::read_to_string(path).expect("a part")).collect();
        let mut seen: Vec<String> = text.iter().flat_map(|text| text.lines().map(str::to_owned)).collect();
        expected.sort();
        seen.sort();
        assert_eq!(seen, expected);
    };
    kill_often("kill::windows_survive_kills", "windows", text, check);
}

#[test]
fn a_job_that_is_killed_delivers_at_most_once() {
    if child::role().as_deref() == Some("seldom") {
        return seldom(&child_directory()).unwrap_or_else(|error| panic!("{error}"));
    }
    let text = |seed: u64| (0..6_000).map(|n| format!("line {n} of {seed}\n")).collect();
    let check = |input: &str, results: &Path| {
        let read = |name: &str| std::fs::read_to_string(results.join(name)).expect("results");
        let (lines, counts) = (read("lines"), read("counts"));
        // pages are filled up with line ends
        let [lines, counts] =
            [&lines, &counts].map(|text| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
        let seen: BTreeSet<&str> = lines.iter().copied().collect();
        assert_eq!(seen.len(), lines.len(), "a line is there twice");
        assert!(seen.is_subset(&input.lines().collect()), "a line that nobody wrote");
        // the last life has delivered its last batch, with the count of all
        let counts: Vec<u64> = counts.iter().map(|count| count.parse().expect("a count")).collect();
        assert!(counts.is_sorted_by(|one, next| one < next), "a count is there twice");
        let missing = input.lines().count() - seen.len();
        assert!(missing < input.lines().count() / 2, "{missing} lines are missing");
    };
    kill_often("kill::a_job_that_is_killed_delivers_at_most_once", "seldom", text, check);
}

/// The second one on a directory leaves, in words.
#[test]
fn a_directory_belongs_to_one_job() {
    let directory = tempfile::tempdir().expect("a directory");
    let job = || {
        let endless = source::generate(1_000, |n| n);
        stream! { endless -> sum() as total -> streamflow::sink::discard() }.checkpoint(directory.path()).threads(1)
    };
    let first = job().start().expect("a job that starts");
    while first.progress().is_none_or(|progress| progress.records == 0) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let refused = job().run().expect_err("the directory is taken");
    assert_eq!(refused.kind(), ErrorKind::Checkpoint);
    let text = refused.to_string();
    assert!(text.contains("give each job a checkpoint directory of its own"), "{text}");
    assert!(text.contains(&std::process::id().to_string()), "who holds it: {text}");
    first.stop();
    first.wait().expect("a job that ends well");
    // nothing of the first one is lost
    let again = job().start().expect("the directory is free");
    again.stop();
    again.wait().expect("a job that ends well");
}
