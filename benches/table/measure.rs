//! A workload's lines of the table.

use super::case::{Case, Share};
use super::support::{allocations, median};
use super::workloads::{How, Outcome};
use std::fmt;
use std::time::Instant;
use streamflow::Report;

/// The ways in which each pipeline runs.
const WAYS: [(usize, bool); 4] = [(1, false), (2, false), (1, true), (2, true)];

/// One line of the table.
pub struct Line {
    workload: &'static str,
    way: &'static str,
    threads: usize,
    /// Millions of events a second.
    rate: f64,
    of_hand: f64,
    state: Option<usize>,
    allocations: Option<Allocations>,
}

/// What a run allocates.
struct Allocations {
    /// Of a thousand events, over a whole run: first keys, first batches and the end included.
    of_thousand: f64,
    /// Of each batch in the second half of the input, when all buffers have their size.
    of_batch: f64,
}

impl Line {
    pub const HEAD: &str = "\
| workload | as | threads | M events/s | of hand | KB of state | allocations / 1,000 events | allocations / later batch |
|---|---|---|---|---|---|---|---|";
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { workload, way, threads, rate, of_hand, .. } = self;
        write!(f, "| {workload} | {way} | {threads} | {rate:.1} | {of_hand:.2} |")?;
        match self.state {
            Some(bytes) => write!(f, " {} |", bytes / 1_000)?,
            None => write!(f, " |")?,
        }
        match &self.allocations {
            Some(Allocations { of_thousand, of_batch }) => write!(f, " {of_thousand:.2} | {of_batch:.0} |"),
            None => write!(f, " | |"),
        }
    }
}

/// The hand-written loop and all ways of the pipeline in turn, `rounds` times over, behind one that warms up; all must give one checksum.
/// What is allocated is counted in other runs.
pub fn measure(case: &Case<'_>, rounds: usize) -> Vec<Line> {
    let expected = (case.hand)();
    if let Some(verify) = case.verify {
        for threads in [1, 2] {
            assert!(verify(&How::threads(threads)), "{}: hand-written loop and pipeline differ", case.name);
        }
    }
    let mut hand = vec![];
    let mut times = WAYS.map(|_| vec![]);
    for round in 0..=rounds {
        let (sum, time) = timed(|| (case.hand)());
        assert_eq!(sum, expected, "{}: the hand-written loop gives this and that", case.name);
        if round > 0 {
            hand.push(time);
        }
        for (way, times) in WAYS.into_iter().zip(&mut times) {
            let (outcome, time) = run(case, way, Share::All, |run| timed(run));
            assert_eq!(outcome.checksum, expected, "{}: hand-written loop and pipeline differ", case.name);
            if round > 0 {
                times.push(time);
            }
        }
    }
    let rate = |seconds: f64| case.events as f64 / seconds / 1e6;
    let hand = median(&mut hand);
    let mut lines = vec![Line {
        workload: case.name,
        way: "hand-written loop",
        threads: 1,
        rate: rate(hand),
        of_hand: 1.0,
        state: None,
        allocations: None,
    }];
    for ((threads, durable), times) in WAYS.into_iter().zip(&mut times) {
        let seconds = median(times);
        let (all, counted) = run(case, (threads, durable), Share::All, |run| allocations(run));
        lines.push(Line {
            workload: case.name,
            way: if durable { "stream!, checkpoint" } else { "stream!" },
            threads,
            rate: rate(seconds),
            of_hand: hand / seconds,
            state: Some(state(&all.report)),
            allocations: Some(Allocations {
                of_thousand: counted as f64 / case.events as f64 * 1e3,
                of_batch: later_batches(case, (threads, durable), &all, counted),
            }),
        });
    }
    lines
}

/// What the second half of the input costs, a batch.
fn later_batches(case: &Case<'_>, way: (usize, bool), all: &Outcome, counted: u64) -> f64 {
    let (half, first) = run(case, way, Share::Half, |run| allocations(run));
    let batches = all.report.batches - half.report.batches;
    (counted as f64 - first as f64) / batches.max(1) as f64
}

fn state(report: &Report) -> usize {
    report.state.iter().map(|(_, size)| size.bytes).sum()
}

fn timed<R>(run: impl FnOnce() -> R) -> (R, f64) {
    let began = Instant::now();
    let result = run();
    (result, began.elapsed().as_secs_f64())
}

/// Measures a run in some way; its directory is made before and removed behind.
fn run<M>(
    case: &Case<'_>,
    (threads, durable): (usize, bool),
    share: Share,
    measured: impl FnOnce(&mut dyn FnMut() -> Outcome) -> (Outcome, M),
) -> (Outcome, M) {
    let directory = durable.then(|| tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory"));
    let how = How { checkpoint: directory.as_ref().map(|directory| directory.path()), ..How::threads(threads) };
    measured(&mut || case.run(&how, share))
}
