//! How do event-time windows fare against tuned hand-written loops?
//!
//! 10 M records (key of 10,000, value, milliseconds; one second of disorder) in memory: tumbling windows of 1 s with count,
//! sliding windows of 10 s every 1 s with a sum of floats, whose windows add up their panes, and of integers, whose windows take out
//! the pane that leaves. The hand loops know that time moves on by at most a few panes, so panes are arrays by the number of a key; a table gives
//! a key its number. The first of them knows even that keys are small numbers already, which no program can know of real keys.

mod support;

use std::collections::HashMap;
use std::time::Duration;
use streamflow::{Timestamp, sink, source, stream, window};
use support::{Random, compare, entry};

const KEYS: usize = 10_000;
const DISORDER: i64 = 1_000;

#[derive(Clone, Copy)]
struct Record {
    key: u64,
    value: f64,
    millis: i64,
}

fn records(count: usize) -> Vec<Record> {
    let mut random = Random(1);
    let each = |index: usize| Record {
        key: random.next() % KEYS as u64,
        value: (random.next() % 1_000) as f64,
        millis: (index as i64) / 100 + (random.next() % DISORDER as u64) as i64,
    };
    (0..count).map(each).collect()
}

/// A ring of panes of one second, closed when the watermark has passed them.
fn hand_tumbling(records: &[Record]) -> u64 {
    hand_ring(records, |key| key as usize)
}

/// The same for keys of any kind: a table with a fast hash gives them numbers.
fn hand_interned(records: &[Record]) -> u64 {
    let mut numbers: HashMap<u64, usize, foldhash::fast::RandomState> = HashMap::default();
    hand_ring(records, |key| {
        let next = numbers.len();
        *numbers.entry(key).or_insert(next)
    })
}

fn hand_ring(records: &[Record], mut number: impl FnMut(u64) -> usize) -> u64 {
    const RING: usize = 8;
    let mut panes = vec![[0u64; KEYS]; RING];
    let (mut newest, mut closed, mut rows) = (i64::MIN, 0i64, 0u64);
    let mut close = |panes: &mut Vec<[u64; KEYS]>, closed: &mut i64, until: i64| {
        while *closed < until && *closed < 1_000_000 {
            let pane = &mut panes[*closed as usize % RING];
            rows += pane.iter_mut().map(|count| u64::from(std::mem::take(count) > 0)).sum::<u64>();
            *closed += 1;
        }
        rows
    };
    for chunk in records.chunks(4_096) {
        for record in chunk {
            newest = newest.max(record.millis);
            let pane = record.millis.div_euclid(1_000);
            if pane >= closed {
                panes[pane as usize % RING][number(record.key)] += 1;
            }
        }
        close(&mut panes, &mut closed, (newest - DISORDER).div_euclid(1_000));
    }
    close(&mut panes, &mut closed, newest.div_euclid(1_000) + 1)
}

fn tumbling(records: &[Record], threads: usize) -> u64 {
    let mut rows = 0;
    let job = stream! {
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(tumbling(1s))
            -> count() as per_second
            -> map(|row| row.value)
            -> sink::for_each_batch(|_, values: Vec<u64>| rows += values.len() as u64)
    };
    job.threads(threads).signals(false).run().expect("windows");
    rows
}

fn sliding(records: &[Record], threads: usize, size: Duration) -> u64 {
    let mut rows = 0;
    let job = stream! {
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(window::sliding(size, Duration::from_secs(1)))
            -> sum(|record| record.value) as per_ten_seconds
            -> map(|row| row.value)
            -> sink::for_each_batch(|_, values: Vec<f64>| rows += values.len() as u64)
    };
    job.threads(threads).signals(false).run().expect("windows");
    rows
}

fn sliding_integers(records: &[Record], threads: usize, size: Duration, slide: Duration) -> u64 {
    let mut total = 0u64;
    let job = stream! {
        source::slice(records)
            -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
            -> key_by(|record| record.key)
            -> window(window::sliding(size, slide))
            -> sum(|record| record.value as u64) as integers
            -> map(|row| row.value)
            -> sink::for_each_batch(|_, values: Vec<u64>| total += values.iter().sum::<u64>())
    };
    job.threads(threads).signals(false).run().expect("windows");
    total
}

fn main() {
    let records = records(10_000_000);
    if let Some(times) = std::env::var("ONLY_TUMBLING").ok().and_then(|times| times.parse().ok()) {
        return (0..times).for_each(|_| assert!(tumbling(&records, 1) > 0));
    }
    compare(
        "tumbling 1 s, count",
        records.len() as u64,
        5,
        vec![
            entry("hand-written ring, table of keys, 1 thread", || hand_interned(&records)),
            entry("hand-written ring, keys are places, 1 thread", || hand_tumbling(&records)),
            entry("stream!, 1 thread", || tumbling(&records, 1)),
            entry("stream!, 2 threads", || tumbling(&records, 2)),
        ],
    );
    let ten = Duration::from_secs(10);
    compare(
        "sliding 10 s every 1 s, sum",
        records.len() as u64,
        5,
        vec![
            entry("stream!, 1 thread", || sliding(&records, 1, ten)),
            entry("stream!, 2 threads", || sliding(&records, 2, ten)),
        ],
    );
    for (size, slide) in [(10_000, 1_000), (1_000, 100), (6_000, 100)] {
        let [size, slide] = [size, slide].map(Duration::from_millis);
        compare(
            &format!("sliding {size:?} every {slide:?}, sum of integers"),
            records.len() as u64,
            5,
            vec![
                entry("stream!, 1 thread", || sliding_integers(&records, 1, size, slide)),
                entry("stream!, 2 threads", || sliding_integers(&records, 2, size, slide)),
            ],
        );
    }
}
