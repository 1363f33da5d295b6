//! How does a running sum by key fare against a hash table, from 16 keys to a million?
//!
//! 10 M records of (key, value) in memory, keys uniform. The hand loop is a plain map with a fast hasher: it keeps no
//! batches, tells no changes and takes nothing back.

mod support;

use foldhash::fast::FixedState;
use std::collections::HashMap;
use streamflow::{sink, source, stream};
use support::{Random, compare, entry};

fn hand(records: &[(u64, u64)]) -> u64 {
    let mut sums: HashMap<u64, u64, FixedState> = HashMap::default();
    for (key, value) in records {
        *sums.entry(*key).or_insert(0) += *value;
    }
    sums.len() as u64
}

fn ours(records: &[(u64, u64)], threads: usize) -> u64 {
    let job = stream! {
        source::slice(records)
            -> key_by(|record| record.0)
            -> sum(|record| record.1) as sums
            -> sink::discard()
    };
    let report = job.threads(threads).signals(false).run().expect("sums");
    report.state[0].1.keys as u64
}

fn main() {
    for keys in [16, 256, 4_096, 100_000, 1_000_000] {
        let mut random = Random(keys);
        let records: Vec<(u64, u64)> = (0..10_000_000).map(|_| (random.next() % keys, random.next() % 100)).collect();
        compare(
            &format!("sum by key, {keys} keys"),
            records.len() as u64,
            5,
            vec![
                entry("hand-written loop, 1 thread", || hand(&records)),
                entry("stream!, 1 thread", || ours(&records, 1)),
                entry("stream!, 2 threads", || ours(&records, 2)),
            ],
        );
    }
}
