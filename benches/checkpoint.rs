//! What does it cost to make each batch durable, and how long does a job take to come back?
//!
//! 20 M records of (key, value) in memory, a running sum by key. Batches of 64 MiB take about 100 ms on one thread, those of 4 MiB less than
//! ten: there a sync costs a visible part. The directory is one of the disk that the target directory lies on.

mod support;

use std::path::Path;
use streamflow::{sink, source, stream};
use support::{Random, compare, entry};

fn sums(records: &[(u64, u64)], batch: usize, directory: Option<&Path>) -> u64 {
    let job = stream! {
        source::slice(records)
            -> key_by(|record| record.0)
            -> sum(|record| record.1) as sums
            -> sink::discard()
    };
    let job = job.threads(1).signals(false).batch_bytes(batch).seed(1);
    let job = match directory {
        Some(directory) => job.checkpoint(directory),
        None => job,
    };
    job.run().expect("sums").state[0].1.keys as u64
}

/// In a directory that is new for each run.
fn durable(records: &[(u64, u64)], batch: usize) -> u64 {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    sums(records, batch, Some(directory.path()))
}

fn main() {
    for keys in [10_000, 1_000_000] {
        let mut random = Random(keys);
        let records: Vec<(u64, u64)> = (0..20_000_000).map(|_| (random.next() % keys, random.next() % 100)).collect();
        for (name, batch) in [("64 MiB", 64 << 20), ("4 MiB", 4 << 20)] {
            compare(
                &format!("sum by key, {keys} keys, batches of {name}"),
                records.len() as u64,
                5,
                vec![
                    entry("in memory alone", || sums(&records, batch, None)),
                    entry("with a checkpoint", || durable(&records, batch)),
                ],
            );
        }
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
        let all: Vec<(u64, u64)> = (0..keys).map(|key| (key, 1)).collect();
        sums(&all, 1 << 30, Some(directory.path()));
        compare(
            &format!("coming back with {keys} keys"),
            keys,
            5,
            vec![
                entry("folding one record a key", || sums(&all, 1 << 30, None)),
                entry("from the checkpoint", || sums(&all, 1 << 30, Some(directory.path()))),
            ],
        );
    }
}
