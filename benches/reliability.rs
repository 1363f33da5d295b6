//! What reliability costs: the figures that `cargo xtask trust` prints beside the goals of `docs/reliability.md`.
//!
//! Keys and values are of 8 bytes; jobs have a thread for each core. A line begins with the number of its goal; numbers as arguments measure
//! those alone. Directories are on the disk that the target directory lies on.

#[path = "support/processor.rs"]
mod processor;
#[path = "support/random.rs"]
mod random;

use processor::processor;
use random::Random;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use streamflow::checkpoint::{Error, FileId, MemoryStorage, Storage};
use streamflow::{BatchStage, Checkpoint, Report, sink, source, stream};
use tempfile::TempDir;

type Record = (u64, u64);

fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

fn records(count: u64, keys: u64) -> Vec<Record> {
    let mut random = Random(keys);
    (0..count).map(|_| (random.next() % keys, random.next() % 100)).collect()
}

/// Runs a job to its end: the report, and the times between the ends of its batches.
macro_rules! timed {
    ($job:expr, $checkpoint:expr) => {{
        let ends = Arc::new(Mutex::new(vec![Instant::now()]));
        let seen = ends.clone();
        let job = $job.signals(false).on_batch(move |stage, _| {
            if stage == BatchStage::Completed {
                seen.lock().expect("one thread").push(Instant::now());
            }
        });
        let job = match $checkpoint {
            Some(checkpoint) => job.checkpoint(checkpoint),
            None => job,
        };
        let report = job.run().expect("sums");
        let ends = ends.lock().expect("one thread");
        (report, ends.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<Duration>>())
    }};
}

/// A running sum by key; gives the report and the times between the ends of batches.
fn sums(records: &[Record], batch: usize, checkpoint: Option<Checkpoint>) -> (Report, Vec<Duration>) {
    let job = stream! {
        source::slice(records) -> key_by(|record| record.0) -> sum(|record| record.1) as sums -> sink::discard()
    };
    timed!(job.batch_bytes(batch), checkpoint)
}

fn at(path: &Path) -> Option<Checkpoint> {
    Some(Checkpoint::from(path.to_owned()))
}

/// Seconds on the clock, and of the processors.
#[derive(Clone, Copy)]
struct Time {
    clock: f64,
    processor: f64,
}

fn measured(run: &mut dyn FnMut()) -> Time {
    let (began, before) = (Instant::now(), processor());
    run();
    Time { clock: began.elapsed().as_secs_f64(), processor: processor() - before }
}

/// The least of some runs of each, in turn, behind one that warms up: whatever else the machine does makes them longer.
fn least<const N: usize>(rounds: usize, mut runs: [&mut dyn FnMut(); N]) -> [Time; N] {
    runs.iter_mut().for_each(|run| run());
    let mut least = [Time { clock: f64::MAX, processor: f64::MAX }; N];
    for _ in 0..rounds {
        for (run, least) in runs.iter_mut().zip(&mut least) {
            let Time { clock, processor } = measured(run);
            *least = Time { clock: least.clock.min(clock), processor: least.processor.min(processor) };
        }
    }
    least
}

impl Time {
    /// How much more than this, in per cent, on the clock and of the processors.
    fn more(self, than: Time) -> String {
        let more = |one: f64, other: f64| (one / other - 1.0) * 100.0;
        let (clock, processor) = (more(self.clock, than.clock), more(self.processor, than.processor));
        format!("{clock:+.1} % time, {processor:+.1} % processor time")
    }
}

fn restore() {
    for keys in [1_000_000u64, 10_000_000] {
        let directory = directory();
        let all: Vec<Record> = (0..keys).map(|key| (key, 1)).collect();
        sums(&all, 1 << 30, at(directory.path()));
        let [Time { clock, processor }] = least(2, [&mut || drop(sums(&all, 1 << 30, at(directory.path())))]);
        let (clock, processor) = (clock * 1e3, processor * 1e3);
        println!(
            "4: {keys} keys: {clock:.0} ms, {processor:.0} ms of processors, from start to end without new records"
        );
    }
}

/// Lines of about 40 bytes, `account,amount,text`: sums by account. Gives the times between the ends of batches.
fn parsed_sums(lines: &[&str], batch: usize, checkpoint: Option<Checkpoint>) -> Vec<Duration> {
    let parse = |line: &str| {
        let mut fields = line.split(',');
        let mut number = || fields.next().and_then(|field| field.parse::<u64>().ok());
        Some((number()?, number()?))
    };
    let job = stream! {
        source::slice(lines) -> filter_map(|line| parse(line)) -> key_by(|record| record.0) -> sum(|record| record.1) as sums
            -> sink::discard()
    };
    timed!(job.batch_bytes(batch * size_of::<&str>()), checkpoint).1
}

/// With a checkpoint and without, where a batch changes 10,000 keys of a million: the time of a batch behind the first, which brings all keys, and
/// before the last, which ends the job.
fn cost() {
    let lines: Vec<String> =
        (0..1_000_000u64).map(|key| format!("{key},{},a line as logs have it", key % 977)).collect();
    // about a second, and a tenth of one
    for (batch, batches, rounds) in [(40_000_000usize, 5usize, 9usize), (4_000_000, 20, 15)] {
        let mut random = Random(batch as u64);
        let line = |n: usize| match n / batch {
            0 => &*lines[n % lines.len()],
            later => &*lines[(later * 10_000 + random.next() as usize % 10_000) % lines.len()],
        };
        let lines: Vec<&str> = (0..batch * batches).map(line).collect();
        let of_batch = |times: &[Duration]| {
            assert_eq!(times.len(), batches + 1, "batches, and the one that opens the sinks");
            let times = &times[2..times.len() - 1];
            times.iter().sum::<Duration>().as_secs_f64() / times.len() as f64
        };
        let without = || of_batch(&parsed_sums(&lines, batch, None));
        let with = || {
            let directory = directory();
            of_batch(&parsed_sums(&lines, batch, at(directory.path())))
        };
        without();
        with();
        let mut rounds: Vec<(f64, f64)> = (0..rounds)
            .map(|round| {
                // whoever comes first in one round comes last in the next
                if round % 2 == 0 {
                    let without = without();
                    return (without, with());
                }
                let with = with();
                (without(), with)
            })
            .collect();
        rounds.sort_by(|one, other| (one.1 / one.0).total_cmp(&(other.1 / other.0)));
        let more = |(without, with): (f64, f64)| (with / without - 1.0) * 100.0;
        let half = rounds.len() / 2;
        let (middle, least, most) = (rounds[half], rounds[0], rounds[rounds.len() - 1]);
        println!(
            "5: batches of {:.0} ms that change 10,000 keys: {:+.1} % time, the median of {} rounds between {:+.1} and {:+.1} %",
            middle.0 * 1e3,
            more(middle),
            rounds.len(),
            more(least),
            more(most),
        );
    }
}

/// 10 M keys, batches of 100,000 records, and a snapshot that is frozen and written beside them: one for few of them, then one for many.
fn pause() {
    const KEYS: u64 = 10_000_000;
    let directory = directory();
    let mut all: Vec<Record> = (0..KEYS).map(|key| (key, 1)).collect();
    // its state is in a snapshot
    let first = Checkpoint::from(directory.path().to_owned()).snapshot_after(1);
    sums(&all, 1 << 27, Some(first));
    all.extend(records(12_000_000, KEYS));
    for new in [2_000_000, 12_000_000] {
        let copy = directory_copy(directory.path());
        let (report, times) = sums(&all[..KEYS as usize + new], 1_600_000, at(copy.path()));
        // the first one opens the sinks, the last one waits for the snapshot
        let mut times: Vec<f64> = times[2..times.len() - 1].iter().map(|time| time.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        println!(
            "6: {KEYS} keys, {} batches of 100,000 records, {} snapshots: one has paused the job for {:.2} ms at most; batches: median {:.1} ms, longest {:.1} ms",
            times.len(),
            report.snapshots.written,
            report.snapshots.longest_pause.as_secs_f64() * 1e3,
            times[times.len() / 2],
            times[times.len() - 1],
        );
    }
}

fn directory_copy(from: &Path) -> TempDir {
    let copy = directory();
    for entry in std::fs::read_dir(from).expect("files") {
        let entry = entry.expect("a file");
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
    }
    copy
}

/// A directory in memory that counts what is written to logs.
struct Counted {
    files: Box<dyn Storage>,
    logs: Vec<FileId>,
    bytes: Arc<AtomicU64>,
}

impl Storage for Counted {
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        let file = self.files.create_new(name)?;
        if name.starts_with("log-") {
            self.logs.push(file);
        }
        Ok(file)
    }
    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        if self.logs.contains(&file) {
            self.bytes.fetch_add(bytes.len() as u64, Relaxed);
        }
        self.files.append(file, bytes)
    }
    fn sync(&mut self, file: FileId) -> Result<(), Error> {
        self.files.sync(file)
    }
    fn close(&mut self, file: FileId) {
        self.files.close(file);
    }
    fn sync_dir(&mut self) -> Result<(), Error> {
        self.files.sync_dir()
    }
    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.files.read(name, offset, length)
    }
    fn length(&self, name: &str) -> Result<u64, Error> {
        self.files.length(name)
    }
    fn list(&self) -> Result<Vec<String>, Error> {
        self.files.list()
    }
    fn delete(&mut self, name: &str) -> Result<(), Error> {
        self.files.delete(name)
    }
    fn lock(&mut self) -> Result<(), Error> {
        self.files.lock()
    }
    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        let (files, bytes) = (self.files.handle()?, self.bytes.clone());
        Ok(Box::new(Counted { files, logs: vec![], bytes }))
    }
}

/// Rows of 16 bytes, 10,000 other ones in each batch.
fn bytes() {
    let keys = 1_000_000u64;
    let changes: Vec<Record> = (0..5 * keys).map(|n| (n * 7_919 % keys, n)).collect();
    let (files, bytes) = (MemoryStorage::new(), Arc::new(AtomicU64::new(0)));
    let counted = Counted { files: Box::new(files.clone()), logs: vec![], bytes: bytes.clone() };
    sums(&changes, 160_000, Some(Checkpoint::new(counted)));
    let lengths = files.list().expect("files").into_iter().map(|name| files.length(&name).expect("a file"));
    let (logged, kept) = (bytes.load(Relaxed) as f64, lengths.sum::<u64>() as f64);
    println!(
        "7: the log has {:.2} bytes for each byte that changed, 10,000 keys a batch",
        logged / (changes.len() * 16) as f64
    );
    println!("7: the directory has {:.2} bytes for each byte of state, at the end", kept / (keys * 16) as f64);
}

/// Texts of numbers, of which one in a thousand is none.
fn poison() {
    let texts = |bad: bool| -> Vec<String> {
        (0..4_000_000u64).map(|n| if bad && n % 1_000 == 7 { "none".to_owned() } else { n.to_string() }).collect()
    };
    let run = |texts: &[String]| {
        let job = stream! {
            source::slice(texts) -> try_map(|text| text.parse::<u64>()) as parsed -> sum() -> sink::discard();
            errors(parsed) -> map(|failed| (failed.error, failed.number)) -> sink::discard();
        };
        job.signals(false).run().expect("sums").records
    };
    let (good, bad) = (texts(false), texts(true));
    let [good, bad] = least(5, [&mut || assert_eq!(run(&good), 4_000_000), &mut || assert_eq!(run(&bad), 4_000_000)]);
    println!("9: one bad record in 1,000, put aside with its place: {}", bad.more(good));
}

fn skew() {
    let even = records(20_000_000, 10_000);
    let mut skewed = even.clone();
    skewed.iter_mut().step_by(2).for_each(|record| record.0 = 0);
    let [even, skewed] =
        least(3, [&mut || drop(sums(&even, 16 << 20, None)), &mut || drop(sums(&skewed, 16 << 20, None))]);
    println!("10: half of the records on one of 10,000 keys: {}", skewed.more(even));
}

/// Stops a job in the middle and starts it again: what is read twice, and how long the stop takes.
fn stop() {
    let all = 40_000_000u64;
    let directory = directory();
    let job = || {
        let numbers = source::partitions(vec![(0..all).collect::<Vec<u64>>()]);
        let job = stream! { numbers -> key_by(|n| *n % 1_000_000) -> count() as counts -> sink::discard() };
        job.signals(false).batch_bytes(8 << 20).checkpoint(directory.path())
    };
    let running = job().start().expect("a job");
    while running.progress().is_none_or(|progress| progress.epoch < 5) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let asked = Instant::now();
    running.stop();
    let first = running.wait().expect("a job that ends well");
    let stopped = asked.elapsed().as_secs_f64() * 1e3;
    let batch = first.elapsed.as_secs_f64() * 1e3 / first.batches as f64;
    let second = job().run().expect("the rest");
    let twice = first.records + second.records - all;
    println!(
        "11: the job ends {stopped:.0} ms after it is asked, a batch takes {batch:.0} ms; {twice} records are read again"
    );
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let goals: [(&str, fn()); 7] =
        [("7", bytes), ("9", poison), ("10", skew), ("4", restore), ("5", cost), ("6", pause), ("11", stop)];
    for (goal, measure) in goals {
        if only.is_empty() || only.iter().any(|only| only == goal) {
            measure();
        }
    }
}
