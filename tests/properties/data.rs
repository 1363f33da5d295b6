//! Random records.

use proptest::prelude::*;
use streamflow::State;

/// A record: its partition, a key, a moment in seconds, a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, State)]
pub struct Record {
    pub partition: u8,
    pub key: u8,
    pub time: i64,
    pub value: i64,
}

/// Records by partition. Times wander forward with jumps back, so that some are in time, some late for some windows, and some
/// for all.
pub fn records() -> impl Strategy<Value = Vec<Vec<Record>>> {
    let record = (0u8..6, -25i64..40, -50i64..50);
    let partition = (-60i64..60, prop::collection::vec(record, 0..30));
    prop::collection::vec(partition, 1..4).prop_map(|partitions| {
        let numbered = partitions.into_iter().zip(0u8..);
        let of = |((mut now, records), partition): ((i64, Vec<_>), u8)| {
            let record = |(key, step, value): (u8, i64, i64)| {
                now += step / 4;
                Record { partition, key, time: now + step, value }
            };
            records.into_iter().map(record).collect()
        };
        numbered.map(of).collect()
    })
}

/// Size, slide, disorder, in seconds.
pub fn grids() -> impl Strategy<Value = (i64, i64, i64)> {
    (1i64..30, 1i64..30, 0i64..25).prop_map(|(size, every, disorder)| (size, every.min(size), disorder))
}

/// The same, where a window is many slides long.
pub fn wide_grids() -> impl Strategy<Value = (i64, i64, i64)> {
    (4i64..15, 1i64..7, 0i64..7, 0i64..25)
        .prop_map(|(slides, every, rest, disorder)| (slides * every + rest % every, every, disorder))
}
