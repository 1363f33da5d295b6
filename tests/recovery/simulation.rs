//! The real engine on a simulated disk, against what a plain loop over the input gives.
//!
//! A seed says everything: the input, how it is cut, where calls fail, where processes die, whether the power goes. A failure prints the
//! seed; `STREAMFLOW_SEED` runs it alone, `STREAMFLOW_SEEDS` says how many are run.

use crate::random::Random;
use crate::world::{Sender, World};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::time::Duration;
use streamflow::testing::{Driver, Faults, SimStorage};
use streamflow::{Checkpoint, Error, ErrorKind, Report, Timestamp, checkpoint, source, stream};

/// Number, key, second.
type Record = (u64, u64, i64);

/// Records whose times are out of order by at most five seconds.
fn input(random: &mut Random) -> Vec<Record> {
    let length = 20 + random.below(80);
    (0..length).map(|n| (n, random.below(6), n as i64 * 2 + random.below(5) as i64)).collect()
}

/// What a job is run with: the rest follows from the input.
struct Life<'l> {
    records: &'l [Record],
    disk: SimStorage,
    sink: Sender,
    snapshot_after: u64,
    batch_bytes: usize,
    threads: usize,
    /// Batches become durable beside the next one, with so many parts of a snapshot behind each.
    late: Option<usize>,
    /// How long to go on in the same life.
    retry_for: Duration,
}

/// A pipeline, and what it gives when nothing goes wrong.
struct Shape {
    name: &'static str,
    run: fn(Life<'_>) -> Result<Report, Error>,
    expect: fn(&[Record]) -> Vec<String>,
    /// What of the lines must be as expected.
    seen: fn(Vec<String>) -> Vec<String>,
}

macro_rules! shape {
    (|$source:ident, $sink:ident| $($pipeline:tt)*) => {
        |life: Life<'_>| {
            let ($source, $sink) = (source::vec(life.records.to_vec()), life.sink);
            let job = stream! { #![delivery(exactly_once)] $($pipeline)* };
            let checkpoint = Checkpoint::new(life.disk).snapshot_after(life.snapshot_after).retry_for(life.retry_for);
            let checkpoint = life.late.into_iter().fold(checkpoint, Checkpoint::__late);
            let job = job.checkpoint(checkpoint).batch_bytes(life.batch_bytes).chunk_bytes(50).threads(life.threads);
            Driver::new(job.seed(7))?.finish()
        }
    };
}

fn in_order(lines: Vec<String>) -> Vec<String> {
    lines
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// The last line of each key, which stands first in it.
fn last(lines: Vec<String>) -> Vec<String> {
    let key = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    lines.into_iter().map(|line| (key(&line), line)).collect::<BTreeMap<_, _>>().into_values().collect()
}

const SHAPES: &[Shape] = &[
    Shape {
        name: "without state",
        run: shape!(|records, out| records -> filter(|r| r.0 % 3 != 1) -> map(|r| r.0) -> out),
        expect: |records| records.iter().filter(|r| r.0 % 3 != 1).map(|r| r.0.to_string()).collect(),
        seen: in_order,
    },
    Shape {
        name: "running counts",
        run: shape!(|records, out| records -> key_by(|r| r.1) -> count() as counts
            -> map(|row| format!("{} {}", row.key, row.value)) -> out),
        expect: |records| {
            let mut counts = BTreeMap::new();
            records.iter().for_each(|r| *counts.entry(r.1).or_insert(0) += 1);
            counts.into_iter().map(|(key, count)| format!("{key} {count}")).collect()
        },
        seen: last,
    },
    Shape {
        name: "tumbling windows",
        run: shape!(|records, out| records -> timestamp(|r| Timestamp::from_secs(r.2), disorder = 5s) -> key_by(|r| r.1)
            -> window(tumbling(10s)) -> sum(|r| r.0) as sums
            -> map(|row| format!("{} {} {}", row.key, row.start.as_millis() / 1000, row.value)) -> out),
        expect: |records| {
            let mut sums: BTreeMap<(u64, i64), u64> = BTreeMap::new();
            records.iter().for_each(|r| *sums.entry((r.1, r.2.div_euclid(10) * 10)).or_default() += r.0);
            sorted(sums.into_iter().map(|((key, start), sum)| format!("{key} {start} {sum}")).collect())
        },
        seen: sorted,
    },
    Shape {
        name: "sliding windows of an order",
        run: shape!(|records, out| records -> timestamp(|r| Timestamp::from_secs(r.2), disorder = 5s) -> key_by(|r| r.1)
            -> window(sliding(9s, every = 3s)) -> max(|r| r.0) as largest
            -> map(|row| format!("{} {} {}", row.key, row.start.as_millis() / 1000, row.value)) -> out),
        expect: |records| {
            let mut largest: BTreeMap<(u64, i64), u64> = BTreeMap::new();
            for r in records {
                for start in (r.2 - 8..=r.2).filter(|start| start.rem_euclid(3) == 0) {
                    let value = largest.entry((r.1, start)).or_default();
                    *value = (*value).max(r.0);
                }
            }
            sorted(largest.into_iter().map(|((key, start), value)| format!("{key} {start} {value}")).collect())
        },
        seen: sorted,
    },
    Shape {
        name: "a fold of the user's",
        run: shape!(|records, out| records -> key_by(|r| r.1) -> fold(Vec::new(), |seen: &mut Vec<u64>, r| seen.push(r.0)) as seen
            -> map(|row| format!("{} {:?}", row.key, row.value)) -> out),
        expect: |records| {
            let mut seen: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
            records.iter().for_each(|r| seen.entry(r.1).or_default().push(r.0));
            seen.into_iter().map(|(key, seen)| format!("{key} {seen:?}")).collect()
        },
        seen: last,
    },
];

/// No disk is to blame for this.
fn is_of_the_engine(error: &Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<checkpoint::Error>());
    cause.is_some_and(|cause| cause.kind() == checkpoint::ErrorKind::Refused)
}

/// What the runs of all seeds met.
#[derive(Default)]
struct Met {
    runs: u64,
    deaths: u64,
    faults: u64,
    refused: u64,
    /// Lives that went on behind a failed write.
    recoveries: u64,
}

/// One seed: lives until one of them ends well. The last ones have no faults.
fn run(seed: u64, shape: &Shape, flips: bool, met: &mut Met) -> Result<(), String> {
    let mut random = Random(seed);
    let records = input(&mut random);
    let world = if random.below(3) == 0 { World::losing_one_in(5 + random.below(20)) } else { World::default() };
    let mut disk = SimStorage::new(random.next());
    let crash = [0, 10, 40, 120][random.below(4) as usize];
    let error = [0, 0, 30, 90][random.below(4) as usize];
    let mut flipped = false;
    for life in 0..200 {
        let faults = if life < 60 { Faults { crash, error, crash_at: 0 } } else { Faults::default() };
        disk.set_faults(faults);
        let done = (shape.run)(Life {
            records: &records,
            disk: disk.clone(),
            sink: world.sender(),
            snapshot_after: 1 + random.below(6),
            batch_bytes: 30 + random.below(300) as usize,
            threads: 1 + random.below(2) as usize,
            late: [None, Some(1), Some(3)][random.below(3) as usize],
            retry_for: Duration::from_millis(1_000 * random.below(2)),
        });
        met.faults += disk.injected();
        match done {
            Ok(report) => {
                met.recoveries += report.recoveries;
                break;
            }
            Err(error) if !world.wrong().is_empty() => return Err(format!("{:?}, then {error}", world.wrong())),
            Err(error) if error.kind() == ErrorKind::Checkpoint && flipped => {
                met.refused += 1;
                return Ok(());
            }
            Err(error) if is_of_the_engine(&error) => return Err(format!("the log was used wrongly: {error}")),
            Err(error) if matches!(error.kind(), ErrorKind::Checkpoint | ErrorKind::Sink) => {
                if life > 150 {
                    return Err(format!("does not start any more: {error}"));
                }
            }
            Err(error) => return Err(format!("a life ends with {error}")),
        }
        met.deaths += 1;
        if random.below(5) < 3 {
            disk.power_loss();
        }
        disk = disk.restart();
        if flips && random.below(6) == 0 {
            flipped |= disk.flip().is_some();
        }
    }
    met.runs += 1;
    let (seen, expected) = ((shape.seen)(world.lines()), (shape.expect)(&records));
    match (world.wrong().is_empty(), seen == expected) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("{:?}", world.wrong())),
        _ => Err(format!("expected {expected:?}\n     but saw {seen:?}")),
    }
}

fn all(seeds: u64, flips: bool) {
    let only = std::env::var("STREAMFLOW_SEED").ok().and_then(|seed| seed.parse().ok());
    let seeds = std::env::var("STREAMFLOW_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(seeds);
    let seeds = only.map_or(0..seeds, |seed: u64| seed..seed + 1);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = |first: usize| {
        let mut met = Met::default();
        for seed in seeds.clone().skip(first).step_by(threads) {
            let shape = &SHAPES[seed as usize % SHAPES.len()];
            if let Err(why) = run(seed, shape, flips, &mut met) {
                panic!("STREAMFLOW_SEED={seed}, {}: {why}", shape.name);
            }
        }
        met
    };
    let met = std::thread::scope(|scope| {
        let shares: Vec<_> = (0..threads).map(|first| scope.spawn(move || share(first))).collect();
        let all = shares.into_iter().map(|share| share.join().expect("a seed that goes wrong is named above"));
        all.fold(Met::default(), |sum, met| Met {
            runs: sum.runs + met.runs,
            deaths: sum.deaths + met.deaths,
            faults: sum.faults + met.faults,
            refused: sum.refused + met.refused,
            recoveries: sum.recoveries + met.recoveries,
        })
    });
    let Met { runs, deaths, faults, refused, recoveries } = met;
    println!("{runs} runs to the end, {refused} refused, {deaths} deaths, {recoveries} recoveries, {faults} faults");
    assert!(
        only.is_some() || deaths > runs && faults > 0 && recoveries > 0,
        "nothing was put to the test: {deaths} deaths, {recoveries} recoveries, {faults} faults"
    );
}

#[test]
fn whatever_fails_nothing_is_lost_and_nothing_comes_twice() {
    all(1_000, false);
}

#[test]
fn rotten_bits_are_refused_or_harmless() {
    all(500, true);
}
