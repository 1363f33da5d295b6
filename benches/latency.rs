//! How long does an event take from the moment it is due to its result, and what do small batches and silence cost?
//!
//! The load is open-loop: event `n` is due `n / rate` after the start, whatever the job does meanwhile, and its time counts from then on. So an
//! event that the job was too busy to take has waited; a generator that waits for the job would leave that out (coordinated omission). A result
//! is there when the sink has it: at its commit where there is a checkpoint, which is behind the sync of its batch.
//!
//! Directories are on the disk that the target directory lies on. Figures with a checkpoint mean something beside the `fdatasync` of that disk alone:
//! its median is told twice, of 4 KiB that are appended 500 times right before the run, and of all syncs of the run. Those without
//! a checkpoint stand below a loop that does nothing but sleep until the next event is due: what the machine does to it, it does to a job.
//!
//! `cargo bench --bench latency [-- latency | small | silent ..]`

#[path = "support/processor.rs"]
mod processor;
#[path = "support/timed_storage.rs"]
mod timed_storage;

use hdrhistogram::Histogram;
use processor::processor;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use streamflow::checkpoint::LocalStorage;
use streamflow::sink::Prepared;
use streamflow::source::{Poll, Position, Pusher};
use streamflow::{BatchInfo, Checkpoint, Error, Sink, Source, sink, source, stream};
use timed_storage::{TimedStorage, Times};

/// Keys of the running count.
const KEYS: u64 = 10_000;
/// What is not measured: the first batches touch new memory.
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
/// Events a second. The goals are those for the one in the middle.
const RATES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Nanoseconds: what takes longer counts as this long.
const LONGEST: u64 = 60_000_000_000;

/// When events are due.
#[derive(Clone)]
struct Schedule {
    rate: u64,
    /// Begins with the first poll: opening a directory is no latency.
    start: Arc<OnceLock<Instant>>,
}

impl Schedule {
    fn new(rate: u64) -> Self {
        Schedule { rate, start: Arc::default() }
    }

    fn start(&self) -> Instant {
        *self.start.get_or_init(Instant::now)
    }

    /// Events of the whole run.
    fn events(&self) -> u64 {
        self.rate * (WARM_UP + MEASURED).as_secs()
    }

    fn due(&self, number: u64) -> Duration {
        Duration::from_nanos(number * 1_000_000_000 / self.rate)
    }

    /// How many are due by now.
    fn so_far(&self) -> u64 {
        let due = self.start().elapsed().as_nanos() * u128::from(self.rate) / 1_000_000_000;
        (due as u64 + 1).min(self.events())
    }

    fn until(&self, number: u64) -> Duration {
        self.due(number).saturating_sub(self.start().elapsed())
    }
}

/// A source as its user would write one: it gives the numbers of the events that are due.
struct Scheduled {
    schedule: Schedule,
    next: u64,
}

impl source::Replayable for Scheduled {}

impl Source for Scheduled {
    type Block = Vec<u64>;
    type Item<'b> = u64;
    type Offset = u64;

    fn name(&self) -> String {
        "events by schedule".to_owned()
    }
    fn partition_name(&self, _partition: usize) -> String {
        "schedule".to_owned()
    }
    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Vec<u64>>, Error> {
        if self.next == self.schedule.events() {
            return Ok(Poll::Ended);
        }
        let due = self.schedule.so_far().min(self.next + (budget / 8).max(1) as u64);
        if due == self.next {
            return Ok(Poll::Pending);
        }
        let block: Vec<u64> = (self.next..due).collect();
        self.next = due;
        Ok(Poll::Block { bytes: block.len() * 8, block })
    }
    fn poll_after(&self) -> Option<Duration> {
        Some(self.schedule.until(self.next))
    }
    fn offset(&self, _partition: usize) -> Option<u64> {
        Some(self.next)
    }
    fn seek(&mut self, positions: Vec<Position<u64>>) -> Result<(), Error> {
        self.next = positions.first().map_or(0, |position| position.offset);
        Ok(())
    }
    fn each<'b>(block: &'b Vec<u64>, each: impl FnMut(u64))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

/// Pushes what is due, from a thread of its own.
fn push(schedule: &Schedule, pusher: &Pusher) {
    let mut next = 0;
    while next < schedule.events() {
        std::thread::sleep(schedule.until(next));
        let due = schedule.so_far();
        while next < due {
            pusher.push(&next.to_le_bytes()).map(drop).expect("a job that takes it");
            next += 1;
        }
    }
}

type Row = (u64, u64);

/// Takes rows of a key and how many events of it there were, and notes when each of these events had its result: event `n` has the
/// key `n % KEYS`, so a row tells which ones they are.
struct Arrivals {
    schedule: Schedule,
    /// Events of each key so far. `None`: rows are the number of an event and a 1.
    counts: Option<Vec<u64>>,
    seen: Times,
}

fn times() -> Times {
    Arc::new(Mutex::new(Histogram::new_with_max(LONGEST, 3).expect("a histogram")))
}

impl Arrivals {
    fn note(&mut self, rows: impl Iterator<Item = Row>) {
        let now = self.schedule.start().elapsed();
        let mut seen = self.seen.lock().expect("no panic");
        for (key, count) in rows {
            let before = self.counts.as_mut().map_or(0, |counts| std::mem::replace(&mut counts[key as usize], count));
            for earlier in before..count {
                let due = self.schedule.due(key + earlier * KEYS);
                if due >= WARM_UP {
                    seen.saturating_record(now.saturating_sub(due).as_nanos() as u64);
                }
            }
        }
    }
}

impl sink::Idempotent for Arrivals {}

impl Sink<Row> for Arrivals {
    type Part = Vec<Row>;

    fn name(&self) -> String {
        "arrivals".to_owned()
    }
    fn part(&self) -> Vec<Row> {
        vec![]
    }
    fn push(part: &mut Vec<Row>, row: Row) {
        part.push(row);
    }
    fn deliver(&mut self, _: BatchInfo, parts: Vec<Vec<Row>>) -> Result<(), Error> {
        self.note(parts.into_iter().flatten());
        Ok(())
    }
    fn prepare(&mut self, _: BatchInfo, parts: Vec<Vec<Row>>) -> Result<Prepared, Error> {
        let rows = parts.into_iter().flatten();
        Ok(Prepared::Logged(rows.flat_map(|(key, count)| [key.to_le_bytes(), count.to_le_bytes()]).flatten().collect()))
    }
    fn commit(&mut self, _: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        let (numbers, _) = prepared.as_chunks();
        let mut numbers = numbers.iter().map(|bytes| u64::from_le_bytes(*bytes));
        self.note(std::iter::from_fn(|| Some((numbers.next()?, numbers.next()?))));
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Pipeline {
    Map,
    Count,
    /// The same, from another thread.
    Pushed,
}

const PIPELINES: [(Pipeline, &str); 3] =
    [(Pipeline::Map, "`map`"), (Pipeline::Count, "running count"), (Pipeline::Pushed, "running count, pushed")];

/// What a run has given.
struct Run {
    seen: Histogram<u64>,
    /// Of its directory.
    syncs: Histogram<u64>,
    batches: u64,
    processor: f64,
}

impl Run {
    fn tell(&self, name: &str, checkpoint: &str, rate: u64, syncs: &str, goal: &str) {
        let at = |share: f64| self.seen.value_at_quantile(share) as f64 / 1e6;
        let seconds = (WARM_UP + MEASURED).as_secs_f64();
        println!(
            "| {name} | {checkpoint} | {rate} | {:.2} | {:.2} | {:.2} | {:.2} | {:.0} | {:.2} | {syncs} | {goal} |",
            at(0.5),
            at(0.99),
            at(0.999),
            at(1.0),
            self.batches as f64 / seconds,
            self.processor / seconds,
        );
    }
}

/// No job: a loop that sleeps until the next event is due.
fn alone(rate: u64) -> Run {
    let schedule = Schedule::new(rate);
    let mut arrivals = Arrivals { schedule: schedule.clone(), counts: None, seen: times() };
    let (mut next, mut batches, before) = (0, 0, processor());
    while next < schedule.events() {
        std::thread::sleep(schedule.until(next));
        let due = schedule.so_far();
        arrivals.note((next..due).map(|number| (number, 1)));
        (next, batches) = (due, batches + 1);
    }
    let seen = arrivals.seen.lock().expect("no panic").clone();
    Run { syncs: seen.clone(), seen, batches, processor: processor() - before }
}

fn run(pipeline: Pipeline, rate: u64, directory: Option<&Path>) -> Run {
    let schedule = Schedule::new(rate);
    let (seen, syncs) = (times(), times());
    let counts = (pipeline != Pipeline::Map).then(|| vec![0; KEYS as usize]);
    let arrivals = Arrivals { schedule: schedule.clone(), counts, seen: seen.clone() };
    let events = Scheduled { schedule: schedule.clone(), next: 0 };
    macro_rules! run {
        ($($pipeline:tt)*) => {{
            let job = stream! { $($pipeline)* }.signals(false);
            let job = match directory {
                Some(directory) => {
                    let files = Box::new(LocalStorage::open(directory).expect("a directory"));
                    job.checkpoint(Checkpoint::new(TimedStorage { files, syncs: syncs.clone() }))
                }
                None => job,
            };
            job.run().expect("a job that ends well")
        }};
    }
    let before = processor();
    let report = match pipeline {
        Pipeline::Map => run! { events -> map(|number| (number, 1)) -> arrivals },
        Pipeline::Count => run! {
            events -> key_by(|number| *number % KEYS) -> count() as counts -> map(|row| (row.key, row.value)) -> arrivals
        },
        Pipeline::Pushed => {
            let (pusher, pushed) = source::pushed("events");
            std::thread::scope(|threads| {
                let schedule = &schedule;
                threads.spawn(move || push(schedule, &pusher));
                run! {
                    pushed
                        -> map(|bytes| bytes.try_into().map_or(0, u64::from_le_bytes))
                        -> key_by(|number| *number % KEYS) -> count() as counts
                        -> map(|row| (row.key, row.value)) -> arrivals
                }
            })
        }
    };
    assert_eq!(report.records, schedule.events(), "records were lost");
    let [seen, syncs] = [seen, syncs].map(|times| times.lock().expect("no panic").clone());
    assert_eq!(seen.len(), rate * MEASURED.as_secs(), "results were lost");
    Run { seen, syncs, batches: report.batches, processor: processor() - before }
}

/// How long the disk takes to make 4 KiB durable that are appended to a file: the median.
fn disk(directory: &Path) -> Duration {
    let mut file = tempfile::tempfile_in(directory).expect("a file");
    let mut times: Vec<Duration> = (0..500)
        .map(|_| {
            let began = Instant::now();
            file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("a disk");
            began.elapsed()
        })
        .collect();
    times.sort();
    times[times.len() / 2]
}

/// Batches of 100 records each, on so many threads.
fn small_batches(threads: usize, keyed: bool) -> Duration {
    let batches: Vec<Vec<u64>> = (0..20_000).map(|batch| (batch * 100..batch * 100 + 100).collect()).collect();
    let batches = source::batches(batches);
    let job = |report: Result<streamflow::Report, Error>| report.expect("a job that ends well");
    let report = if keyed {
        job(stream! { batches -> key_by(|n| *n % KEYS) -> count() as counts -> sink::discard() }
            .signals(false)
            .threads(threads)
            .run())
    } else {
        job(stream! { batches -> map(|n| n + 1) -> filter(|n| n % 3 == 0) -> sink::discard() }
            .signals(false)
            .threads(threads)
            .run())
    };
    assert_eq!(report.batches, 20_000, "batches were put together");
    report.elapsed / 20_000
}

/// The share of a processor that a job takes whose source is silent.
fn idle(directory: Option<&Path>) -> f64 {
    let (pusher, silent) = source::pushed("silent");
    let job = stream! { silent -> map(|bytes| bytes.len()) -> key_by(|n| *n) -> count() as counts -> sink::discard() };
    let job = match directory {
        Some(directory) => job.checkpoint(directory),
        None => job,
    };
    let job = job.start().expect("a job");
    pusher.push(b"one").map(drop).expect("a job that takes it");
    std::thread::sleep(Duration::from_millis(500));
    let (before, began) = (processor(), Instant::now());
    std::thread::sleep(Duration::from_secs(10));
    let share = (processor() - before) / began.elapsed().as_secs_f64();
    drop(pusher);
    job.wait().expect("a job that ends well");
    share
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory")
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn latencies() {
    println!(
        "| pipeline | checkpoint | events/s | p50 ms | p99 ms | p99.9 ms | max ms | batches/s | processor | sync ms: before, within | goal: p99 ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for rate in RATES {
        alone(rate).tell("no job", "no", rate, "", "");
    }
    for (pipeline, name) in PIPELINES {
        for rate in RATES {
            run(pipeline, rate, None).tell(name, "no", rate, "", "2");
        }
        for rate in RATES {
            let directory = directory();
            let before = milliseconds(disk(directory.path()));
            let run = run(pipeline, rate, Some(directory.path()));
            let within = run.syncs.value_at_quantile(0.5) as f64 / 1e6;
            let goal = |sync: f64| 3.0 * sync + 2.0;
            let (syncs, goals) =
                (format!("{before:.2}, {within:.2}"), format!("{:.1}, {:.1}", goal(before), goal(within)));
            run.tell(name, "yes", rate, &syncs, &goals);
        }
    }
}

fn small() {
    println!("| a batch of 100 records, in memory | 1 thread | 2 threads |\n|---|---|---|");
    for (keyed, name) in [(false, "`map -> filter`"), (true, "running count by key")] {
        let [one, two] = [1, 2].map(|threads| small_batches(threads, keyed).as_secs_f64() * 1e6);
        println!("| {name} | {one:.1} us | {two:.1} us |");
    }
}

fn silent() {
    println!("| a job without input | processor |\n|---|---|");
    println!("| in memory | {:.2} % |", idle(None) * 100.0);
    println!("| with a checkpoint | {:.2} % |", idle(Some(directory().path())) * 100.0);
}

fn main() {
    let parts: [(&str, fn()); 3] = [("latency", latencies), ("small", small), ("silent", silent)];
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    for (name, part) in parts {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            part();
            println!();
        }
    }
}
