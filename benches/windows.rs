//! What do sliding windows cost that take out the pane that leaves, in place of adding up all their panes?
//!
//! 10 M records (key of 10,000, value, milliseconds; one second of disorder) in memory, sums of integers, for which that can be done,
//! beside sums of floats, for which it cannot. The other windows are in `table`.

#[path = "workloads/records.rs"]
mod records;
mod support;

use records::{Record, records};
use std::time::Duration;
use streamflow::{Timestamp, sink, source, stream, window};
use support::{compare, entry};

macro_rules! sums {
    ($name:ident, $of:ty) => {
        fn $name(records: &[Record], threads: usize, size: Duration, slide: Duration) -> u64 {
            let mut total = 0u64;
            let job = stream! {
                source::slice(records)
                    -> timestamp(|record| Timestamp::from_millis(record.millis), disorder = 1s)
                    -> key_by(|record| record.key)
                    -> window(window::sliding(size, slide))
                    -> sum(|record| record.value as $of) as sums
                    -> map(|row| row.value as u64)
                    -> sink::for_each_batch(|_, values: Vec<u64>| total += values.iter().sum::<u64>())
            };
            job.threads(threads).signals(false).run().expect("windows");
            total
        }
    };
}
sums!(integers, u64);
sums!(floats, f64);

fn main() {
    let records = records(10_000_000);
    for (size, slide) in [(10_000, 1_000), (1_000, 100), (6_000, 100)] {
        let [size, slide] = [size, slide].map(Duration::from_millis);
        compare(
            &format!("sliding {size:?} every {slide:?}"),
            records.len() as u64,
            5,
            vec![
                entry("floats, 1 thread", || floats(&records, 1, size, slide)),
                entry("integers, 1 thread", || integers(&records, 1, size, slide)),
                entry("integers, 2 threads", || integers(&records, 2, size, slide)),
            ],
        );
    }
}
