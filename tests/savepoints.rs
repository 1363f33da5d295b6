//! Savepoints on real files: of jobs that run and of those that do not, and the jobs that begin with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use streamflow::sink::{Idempotent, Prepared};
use streamflow::{BatchInfo, Checkpoint, Error, ErrorKind, Running, Sink, file, sink, source, stream};

/// Counts numbers by their last digit; each change is a line of the results, once.
macro_rules! digits {
    ($numbers:expr, $checkpoint:expr, $results:expr) => {{
        let (checkpoint, results): (Checkpoint, PathBuf) = ($checkpoint, $results);
        let job = stream! {
            #![name = "digits"]
            #![delivery(exactly_once)]
            #![checkpoint(checkpoint)]
            $numbers -> key_by(|n| *n % 10) -> count() as digits
                -> map(|row| format!("{} {}", row.key, row.value)) -> file::write(results)
        };
        job.threads(2).batch_bytes(2_000)
    }};
}

/// All numbers up to a limit, as fast as they are taken.
macro_rules! numbers {
    ($limit:expr) => {
        source::generate_unpaced(|n| n).limit($limit)
    };
}

fn paths(directory: &Path) -> impl Fn(&str) -> PathBuf {
    let directory = directory.to_owned();
    move |name| directory.join(name)
}

/// The last count of each digit, and that none stands there twice.
fn counts(results: &Path) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(results).expect("results").lines() {
        let (digit, count) = line.split_once(' ').expect("two numbers");
        let [digit, count] = [digit, count].map(|number| number.parse::<u64>().expect("a number"));
        let before = counts.insert(digit, count);
        assert!(before < Some(count), "digit {digit} counts {count} behind {before:?}");
    }
    counts
}

fn all_of(numbers: u64) -> BTreeMap<u64, u64> {
    (0..10.min(numbers)).map(|digit| (digit, (numbers - digit).div_ceil(10))).collect()
}

/// Waits until it has come so far.
fn wait_for(running: &Running, epoch: u64) {
    while running.progress().is_none_or(|progress| progress.epoch < epoch) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn two_jobs_begin_with_a_savepoint_of_one_that_runs_on() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let endless = || source::generate_unpaced(|n| n);
    let running =
        digits!(endless(), Checkpoint::from(path("state")).snapshot_after(3), path("results")).start().expect("starts");
    wait_for(&running, 5);
    let processed = running.progress().expect("batches").epoch;
    let epoch = running.savepoint(path("savepoint")).expect("a savepoint");
    assert!(epoch >= processed, "{epoch} is before {processed}");
    // the old one goes on
    wait_for(&running, epoch + 5);
    running.stop();
    let records = running.wait().expect("no failure").records;
    let old = counts(&path("results"));
    assert_eq!(old, all_of(records));
    // two others go on from where it stood then, and have the numbers behind it
    let total = 40_000 + records;
    for fork in ["one", "two"] {
        let checkpoint = || Checkpoint::from(path(fork)).start_from(path("savepoint"));
        let report = digits!(numbers!(total), checkpoint(), path(&format!("results {fork}"))).run().expect("it ends");
        assert!(0 < report.records && report.records < total, "{} of {total}", report.records);
        assert_eq!(counts(&path(&format!("results {fork}"))), all_of(total), "{fork}");
        // now it has a history of its own
        fs::rename(path("savepoint"), path("elsewhere")).expect("moved");
        let more = digits!(numbers!(total + 7), checkpoint(), path(&format!("results {fork}"))).run().expect("it ends");
        assert_eq!(more.records, 7);
        fs::rename(path("elsewhere"), path("savepoint")).expect("moved back");
    }
    // and so has the old one
    digits!(numbers!(total), path("state").into(), path("results")).run().expect("it ends");
    assert_eq!(counts(&path("results")), all_of(total));
}

#[test]
fn savepoints_of_a_job_that_writes_snapshots_all_the_time_are_whole() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let endless = source::generate_unpaced(|n| n);
    let running =
        digits!(endless, Checkpoint::from(path("state")).snapshot_after(1), path("results")).start().expect("starts");
    // the first batch may still be on its way to the log
    wait_for(&running, 1);
    let mut last = 0;
    for number in 0..20 {
        let epoch = running.savepoint(path(&format!("savepoint {number}"))).expect("a savepoint");
        assert!(epoch >= last, "{epoch} behind {last}");
        last = epoch;
    }
    running.stop();
    let records = running.wait().expect("no failure").records;
    for number in 0..20 {
        let fork = Checkpoint::from(path(&format!("fork {number}"))).start_from(path(&format!("savepoint {number}")));
        let results = path(&format!("results {number}"));
        digits!(numbers!(records + 10), fork, results.clone()).run().expect("it ends");
        assert_eq!(counts(&results), all_of(records + 10), "savepoint {number}");
    }
}

#[test]
fn a_savepoint_of_a_job_that_has_ended() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let held = digits!(source::generate_unpaced(|n| n), path("state").into(), path("results")).start().expect("starts");
    wait_for(&held, 1);
    let error = Checkpoint::from(path("state")).savepoint(path("savepoint")).expect_err("it runs");
    let text = error.to_string();
    assert!(text.starts_with("the checkpoint directory") && text.contains("`Running::savepoint`"), "{text}");
    held.stop();
    let records = held.wait().expect("no failure").records;
    let epoch = Checkpoint::from(path("state")).savepoint(path("savepoint")).expect("it has ended");
    let error = Checkpoint::from(path("state")).savepoint(path("savepoint")).expect_err("taken").to_string();
    assert!(error.contains("there are files already"), "{error}");
    // what follows does not change it
    digits!(numbers!(records + 500), path("state").into(), path("results")).run().expect("it ends");
    let later = Checkpoint::from(path("state")).savepoint(path("later")).expect("it has ended");
    assert!(later > epoch, "{later} behind {epoch}");
    for (savepoint, missing) in [("savepoint", 501), ("later", 1)] {
        let fork = Checkpoint::from(path("fork of").join(savepoint)).start_from(path(savepoint));
        let results = path(&format!("results of {savepoint}"));
        let report = digits!(numbers!(records + 501), fork, results.clone()).run().expect("it ends");
        assert_eq!(report.records, missing);
        assert!(counts(&results).into_iter().all(|(digit, count)| all_of(records + 501)[&digit] == count));
    }
}

#[test]
fn a_fork_has_results_of_its_own() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    digits!(numbers!(100), path("state").into(), path("results")).run().expect("it ends");
    Checkpoint::from(path("state")).savepoint(path("savepoint")).expect("a savepoint");
    let fork = Checkpoint::from(path("fork")).start_from(path("savepoint"));
    let error = digits!(numbers!(200), fork, path("results")).run().expect_err("the results are those of another");
    let text = error.to_string();
    assert!(text.contains("those of another checkpoint directory"), "{text}");
    // nobody writes to a savepoint
    let error = digits!(numbers!(200), path("savepoint").into(), path("others")).run().expect_err("a savepoint");
    assert!(error.to_string().contains("this directory is a savepoint, which no job writes to"), "{error}");
}

#[test]
fn state_of_a_savepoint_is_compared_as_that_of_a_checkpoint() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    digits!(numbers!(100), path("state").into(), path("results")).run().expect("it ends");
    Checkpoint::from(path("state")).savepoint(path("savepoint")).expect("a savepoint");
    let run = |checkpoint: Checkpoint| {
        let job = stream! {
            numbers!(200) -> key_by(|n| (*n % 10) as u8) -> count() as digits -> sink::discard()
        };
        job.checkpoint(checkpoint).run().expect_err("another key").to_string()
    };
    let text = run(path("state").into());
    assert!(text.contains("the key was `u64` and is now `u8`"), "{text}");
    assert_eq!(run(Checkpoint::from(path("fork")).start_from(path("savepoint"))), text);
}

#[test]
fn a_savepoint_that_is_damaged_missing_or_none_is_refused_in_words() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    digits!(numbers!(5_000), Checkpoint::from(path("state")).snapshot_after(2), path("results"))
        .run()
        .expect("it ends");
    let mut number = 0;
    let mut refused = |savepoint: &str| {
        number += 1;
        let fork = Checkpoint::from(path(&format!("fork {number}"))).start_from(path(savepoint));
        let error = digits!(numbers!(10), fork, path("others")).run().expect_err("it cannot be used");
        assert_eq!(error.kind(), ErrorKind::Checkpoint);
        error.to_string()
    };
    assert!(refused("nowhere").starts_with("there is no savepoint `"));
    assert!(refused("state").contains("this is no savepoint"));
    for prefix in ["snap-", "log-", "man-"] {
        let savepoint = format!("savepoint {prefix}");
        Checkpoint::from(path("state")).savepoint(path(&savepoint)).expect("a savepoint");
        let files = fs::read_dir(path(&savepoint)).expect("listed").map(|entry| entry.expect("listed").path());
        let of_kind = |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
        let file = files.into_iter().find(of_kind).expect("such a file");
        let mut bytes = fs::read(&file).expect("read");
        let place = bytes.len() - 20;
        bytes[place] ^= 1;
        fs::write(&file, bytes).expect("written");
        let text = refused(&savepoint);
        let name = file.file_name().expect("a name").to_string_lossy();
        assert!(text.starts_with("cannot start from the savepoint `"), "{text}");
        // a log whose last record is damaged ends earlier than the manifest says
        let place = if prefix == "log-" { "at byte " } else { &format!("in `{name}` at byte ") };
        assert!(text.contains(place), "{text}");
        fs::remove_file(&file).expect("removed");
        assert!(refused(&savepoint).contains(&*name));
    }
}

/// A sink that takes nothing from the log.
struct Broken;

impl Idempotent for Broken {}

impl Sink<u64> for Broken {
    type Part = ();
    fn name(&self) -> String {
        "a broken sink".to_owned()
    }
    fn part(&self) {}
    fn push((): &mut (), _: u64) {}
    fn deliver(&mut self, _: BatchInfo, _: Vec<()>) -> Result<(), Error> {
        Ok(())
    }
    fn prepare(&mut self, _: BatchInfo, _: Vec<()>) -> Result<Prepared, Error> {
        Ok(Prepared::Logged(b"rows".to_vec()))
    }
    fn commit(&mut self, _: BatchInfo, _: &[u8]) -> Result<(), Error> {
        Err(Error::new(ErrorKind::Sink, "the sink is broken"))
    }
}

#[test]
fn results_that_are_not_delivered_belong_to_the_job_and_stand_in_the_way() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let job = || stream! { source::vec(vec![1u64, 2, 3]) -> sum() as total -> Broken }.checkpoint(path("state"));
    let running = job().start().expect("starts");
    let text = running.savepoint(path("savepoint")).expect_err("it is never delivered").to_string();
    let known = ["the job has ended before", "nothing has been committed", "there is no checkpoint directory"];
    assert!(known.iter().any(|known| text.starts_with(known)), "{text}");
    assert_eq!(running.wait().expect_err("a broken sink").to_string(), "the sink is broken");
    let error = Checkpoint::from(path("state")).savepoint(path("savepoint")).expect_err("not delivered").to_string();
    assert!(error.starts_with("the results of epoch 1 may not have been delivered"), "{error}");
    assert!(!path("savepoint").exists());
}

#[test]
fn what_has_no_state_has_no_savepoint() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let job = stream! { source::generate_unpaced(|n| n) -> sum() as total -> sink::discard() };
    let running = job.start().expect("starts");
    let error = running.savepoint(path("savepoint")).expect_err("no directory");
    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().starts_with("a job without a checkpoint directory"), "{error}");
    let error = Checkpoint::from(path("state")).savepoint(path("savepoint")).expect_err("nothing there").to_string();
    assert!(error.starts_with("there is no checkpoint directory"), "{error}");
    assert!(!path("state").exists() && !path("savepoint").exists());
}

/// Sums what is pushed; the last line of the results is the sum.
macro_rules! pushed_sum {
    ($pushed:expr, $checkpoint:expr, $results:expr) => {{
        let (checkpoint, results): (Checkpoint, PathBuf) = ($checkpoint, $results);
        stream! {
            #![delivery(exactly_once)]
            #![checkpoint(checkpoint)]
            $pushed -> map(|bytes: &[u8]| String::from_utf8_lossy(bytes).parse::<u64>().unwrap_or(0)) -> sum() as total
                -> map(|total| total.to_string()) -> file::write(results)
        }
    }};
}

fn last_line(results: &Path) -> u64 {
    let text = fs::read_to_string(results).expect("results");
    text.lines().last().map_or(0, |line| line.parse().expect("a sum"))
}

/// The sum of a fork to which nothing more of weight is pushed.
fn forked(savepoint: PathBuf, to: &dyn Fn(&str) -> PathBuf, number: u64) -> u64 {
    let results = to(&format!("sum {number}"));
    let (pusher, pushed) = source::pushed("numbers");
    drop(pusher.push(b"0").expect("taken"));
    drop(pusher);
    let fork = Checkpoint::from(to(&format!("fork {number}"))).start_from(savepoint);
    pushed_sum!(pushed.journaled(), fork, results.clone()).run().expect("it ends");
    last_line(&results)
}

#[test]
fn what_was_pushed_to_a_job_is_in_its_savepoint_whether_a_batch_has_taken_it_or_not() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    let second = path("second");
    let checkpoint = || Checkpoint::from(path("state")).snapshot_after(3).receivers_also_in(second.clone());
    let (pusher, pushed) = source::pushed("numbers");
    let running = pushed_sum!(pushed.journaled(), checkpoint(), path("results")).start().expect("starts");
    let (safe, stopped) = (AtomicU64::new(0), AtomicBool::new(false));
    let push = || {
        for number in 1.. {
            let receipt = pusher.push(number.to_string().as_bytes()).expect("taken");
            while !receipt.is_safe() {
                if stopped.load(SeqCst) {
                    return;
                }
                std::thread::yield_now();
            }
            safe.store(number, SeqCst);
        }
    };
    let forks = std::thread::scope(|scope| {
        scope.spawn(push);
        let forks = (0..10).map(|round| {
            wait_for(&running, 2 + round);
            let before = safe.load(SeqCst);
            let savepoint = path(&format!("savepoint {round}"));
            let sum = running.savepoint(&savepoint).map(|_| forked(savepoint, &path, round));
            // the next one may be durable and its sender not told yet
            (before..=safe.load(SeqCst) + 1, sum)
        });
        let forks: Vec<_> = forks.collect();
        stopped.store(true, SeqCst);
        forks
    });
    for (numbers, sum) in forks {
        let sum = sum.expect("a savepoint");
        assert!(numbers.clone().any(|last| last * (last + 1) / 2 == sum), "{sum} is no sum up to one of {numbers:?}");
    }
    running.stop();
    running.wait().expect("no failure");
    // what the first directory has lost is in the second
    fs::read_dir(path("state")).expect("listed").map(|entry| entry.expect("listed").path()).for_each(|file| {
        if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("rx-")) {
            fs::remove_file(file).expect("removed");
        }
    });
    checkpoint().savepoint(path("last")).expect("a savepoint");
    let (sum, sent) = (forked(path("last"), &path, 10), safe.into_inner());
    assert!((sent..=sent + 1).any(|last| last * (last + 1) / 2 == sum), "{sum} is no sum up to {sent}");
}

#[test]
fn batches_that_change_nothing_do_not_keep_a_savepoint_waiting() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = paths(directory.path());
    // what has been read to its end gives batches of nothing, as long as another source may give something
    let (pusher, quiet) = source::pushed("quiet");
    let job = stream! {
        #![checkpoint(path("state"))]
        let numbers = source::vec(vec![1u64, 2, 3]);
        let lengths = quiet -> map(|bytes| bytes.len() as u64);
        merge(numbers, lengths) -> sum() as total -> sink::discard();
    };
    let running = job.batch_every(Duration::from_millis(2)).start().expect("starts");
    wait_for(&running, 50);
    let epoch = running.savepoint(path("savepoint")).expect("a savepoint");
    assert!(epoch < 50, "{epoch} has changed something");
    drop(pusher);
    running.wait().expect("no failure");
}
