//! Windows that are shown more than once: their last row.

use crate::data::{Record, grids, records, wide_grids};
use crate::model::{read, timestamp, windowed, windows};
use crate::{cases, updates};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;
use streamflow::window::{Emit, sliding};

type Input = Vec<Vec<Record>>;

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

/// Sums in windows that are shown again; `how` says when.
macro_rules! shown_again {
    ($records:expr, $seed:expr, $grid:expr, $lateness:expr, $emit:expr) => {{
        let ((size, every, disorder), lateness) = ($grid, $lateness);
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            let sums =
                windowed(&timed, |time| windows(time, size, every, 0), lateness, |r| r.key, 0i64, |n, r| *n += r.value);
            sums.into_iter().collect()
        };
        updates!($records, $seed, model, |row| row.0, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| r.key)
                -> window(sliding(seconds(size), seconds(every)).lateness(seconds(lateness)).emit($emit))
                -> sum(|r| r.value)
                -> map(|row| ((row.end.as_secs(), row.start.as_secs(), row.key), row.value))
                -> out);
    }};
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn late_records_of_tumbling_windows(records in records(), seed in any::<u64>(), grid in grids(), lateness in 0i64..40) {
        shown_again!(records, seed, (grid.0, grid.0, grid.2), lateness, Emit::Final);
    }

    #[test]
    fn late_records_of_sliding_windows(records in records(), seed in any::<u64>(), grid in grids(), lateness in 0i64..40) {
        shown_again!(records, seed, grid, lateness, Emit::Final);
    }

    #[test]
    fn late_records_of_many_panes(records in records(), seed in any::<u64>(), grid in wide_grids(), lateness in 0i64..40) {
        shown_again!(records, seed, grid, lateness, Emit::Final);
    }

    #[test]
    fn early_rows_of_many_panes(records in records(), seed in any::<u64>(), grid in wide_grids()) {
        shown_again!(records, seed, grid, 0, Emit::Early(Duration::ZERO));
    }

    #[test]
    fn each_change(records in records(), seed in any::<u64>(), grid in grids()) {
        shown_again!(records, seed, grid, 0, Emit::Changes);
    }

    #[test]
    fn each_change_of_late_records(records in records(), seed in any::<u64>(), grid in grids(), lateness in 0i64..40) {
        shown_again!(records, seed, grid, lateness, Emit::Changes);
    }
}
