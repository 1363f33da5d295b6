//! Does a record cost the same, however many keys there are and however long a batch is?
//!
//! `cargo bench --bench curves -- [--scale N]`
//!
//! Events a second from a thousand keys to ten million, and from a thousand records a batch to ten million. What bends the curves is the
//! cache: beside each point stands how much memory its state or its batch takes, and the smallest cache that this fits into.

mod cache;
#[path = "../support/mod.rs"]
mod support;
#[path = "../workloads/mod.rs"]
mod workloads;

use cache::Caches;
use std::time::Instant;
use support::median;
use workloads::{How, Outcome, Record, keyed_sum, w3_tumbling};

const RECORDS: usize = 10_000_000;
const SIZES: [usize; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const ROUNDS: usize = 5;
/// Of the curves over the length of a batch.
const KEYS: usize = 100_000;

fn main() {
    let scale = scale();
    let caches = Caches::of_this_machine();
    println!("caches: {caches}\n");
    by_keys(scale, &caches);
    by_batch(scale, &caches);
}

/// What all sizes are divided by, to see that everything runs.
fn scale() -> usize {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let scale = match arguments.as_slice() {
        [] => Some(1),
        [option, scale] if option == "--scale" => scale.parse().ok().filter(|scale| (1..=1_000).contains(scale)),
        _ => None,
    };
    scale.unwrap_or_else(|| {
        eprintln!("the only argument is `--scale N`, of 1 to 1000");
        std::process::exit(2)
    })
}

fn by_keys(scale: usize, caches: &Caches) {
    println!(
        "| keys | sum: hand-written loop | 1 thread | 2 threads | its state | windows: 1 thread | 2 threads | their state |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let long = How::threads(1).batch_bytes;
    for keys in SIZES.map(|keys| keys / scale) {
        let (sums, windows) = (Sums::of(scale, keys), Windows::of(scale, keys));
        let hand = sums.rate_by_hand();
        let [sum_one, sum_two] = sums.rates(long);
        let [window_one, window_two] = windows.rates(long);
        let [sum_state, window_state] = [sums.state(), windows.state()].map(|bytes| caches.that_holds(bytes));
        println!(
            "| {keys} | {hand:.1} | {sum_one:.1} | {sum_two:.1} | {sum_state} | {window_one:.1} | {window_two:.1} | {window_state} |"
        );
    }
    println!();
}

fn by_batch(scale: usize, caches: &Caches) {
    println!("| records a batch | sum: 1 thread | 2 threads | windows: 1 thread | 2 threads | a batch fits into |");
    println!("|---|---|---|---|---|---|");
    let (sums, windows) = (Sums::of(scale, KEYS / scale), Windows::of(scale, KEYS / scale));
    for records in SIZES.map(|records| records / scale) {
        let sum_bytes = records * size_of::<keyed_sum::Record>();
        let window_bytes = records * size_of::<Record>();
        let [sum_one, sum_two] = sums.rates(sum_bytes);
        let [window_one, window_two] = windows.rates(window_bytes);
        let cache = caches.that_holds(window_bytes);
        println!("| {records} | {sum_one:.1} | {sum_two:.1} | {window_one:.1} | {window_two:.1} | {cache} |");
    }
}

/// A workload over some number of keys.
trait Curve {
    fn events(&self) -> usize;
    fn run(&self, how: &How<'_>) -> Outcome;

    /// Millions of events a second on one and on two threads.
    fn rates(&self, batch_bytes: usize) -> [f64; 2] {
        let run = |threads| self.run(&How { threads, batch_bytes, checkpoint: None }).checksum;
        let medians = interleaved([&mut || run(1), &mut || run(2)]);
        medians.map(|seconds| self.events() as f64 / seconds / 1e6)
    }

    /// Bytes of state at the end.
    fn state(&self) -> usize {
        self.run(&How::threads(1)).report.state.iter().map(|(_, size)| size.bytes).sum()
    }
}

struct Sums(Vec<keyed_sum::Record>);

impl Sums {
    fn of(scale: usize, keys: usize) -> Self {
        let records = keyed_sum::input(RECORDS / scale, keys as u64);
        let right = keyed_sum::checksum(&keyed_sum::hand(&records));
        let sums = keyed_sum::verified(&records, &How::threads(2)).expect("sums");
        assert_eq!(sums.checksum, right, "hand-written loop and pipeline differ");
        Sums(records)
    }

    fn rate_by_hand(&self) -> f64 {
        let [seconds] = interleaved([&mut || keyed_sum::hand(&self.0).len() as u64]);
        self.events() as f64 / seconds / 1e6
    }
}

impl Curve for Sums {
    fn events(&self) -> usize {
        self.0.len()
    }
    fn run(&self, how: &How<'_>) -> Outcome {
        keyed_sum::pipeline(&self.0, how).expect("sums")
    }
}

/// No hand-written loop stands beside these: that of the table has arrays as long as there are keys, which is wrong for ten million of them.
struct Windows(Vec<Record>);

impl Windows {
    fn of(scale: usize, keys: usize) -> Self {
        Windows(workloads::records_of(RECORDS / scale, keys as u64))
    }
}

impl Curve for Windows {
    fn events(&self) -> usize {
        self.0.len()
    }
    fn run(&self, how: &How<'_>) -> Outcome {
        w3_tumbling::pipeline(&self.0, how).expect("windows")
    }
}

/// Medians of some runs, in turn, behind one of each that warms up; all must give one checksum.
fn interleaved<const N: usize>(mut runs: [&mut dyn FnMut() -> u64; N]) -> [f64; N] {
    let expected = runs[0]();
    let mut times = [const { Vec::new() }; N];
    for round in 0..=ROUNDS {
        for (run, times) in runs.iter_mut().zip(&mut times) {
            let began = Instant::now();
            assert_eq!(run(), expected, "one thread and two give different results");
            if round > 0 {
                times.push(began.elapsed().as_secs_f64());
            }
        }
    }
    times.map(|mut times| median(&mut times))
}
