//! Windows whose bounds the records decide: sessions, and so many records.

use crate::data::{Record, grids, records};
use crate::model::{Timed, read, sessions, timestamp, windows};
use crate::{cases, rows};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;
use streamflow::testing::check_partitions;

type Input = Vec<Vec<Record>>;
/// Start, end, key, values in order of time.
type Session = (i64, i64, (u8, u8), Vec<i64>);

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn listed(timed: &[Timed<Record>], gap: i64, key: impl Fn(&Record) -> (u8, u8)) -> Vec<Session> {
    let values = |mut session: Vec<Record>| {
        session.sort_by_key(|r| (r.time, r.value));
        session.into_iter().map(|r| r.value).collect()
    };
    sessions(timed, gap, key).into_iter().map(|(start, end, key, session)| (start, end, key, values(session))).collect()
}

/// The pipeline of all these tests.
macro_rules! pipeline {
    ($input:ident, $out:ident, $disorder:expr, $gap:expr, $key:expr) => {
        streamflow::stream! {
            $input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds($disorder))
                -> key_by(|r| ($key)(r))
                -> window(session(seconds($gap)))
                -> fold(Vec::new(), |seen, r| seen.push((r.time, r.value)), merge = |into, from| into.extend(from))
                -> map(|mut row| {
                    row.value.sort();
                    let values: Vec<i64> = row.value.into_iter().map(|value| value.1).collect();
                    (row.start.as_secs(), row.end.as_secs(), row.key, values)
                })
                -> $out
        }
    };
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn sessions_of_a_partition(records in records(), seed in any::<u64>(), gap in 1i64..20, disorder in 0i64..25) {
        let key = |r: &Record| (r.partition, r.key);
        let model = |input: &Input| listed(&timestamp(read(input), |r| r.time, disorder), gap, key);
        check_partitions(records).seed(seed).cases(3).may_be_empty().model(model).run(|input, out| {
            pipeline!(input, out, disorder, gap, key)
        });
    }

    /// Where nothing is late the order between partitions does not matter.
    #[test]
    fn sessions_over_all_partitions(records in records(), seed in any::<u64>(), gap in 1i64..20) {
        let key = |r: &Record| (0, r.key);
        let model = |input: &Input| listed(&timestamp(read(input), |r| r.time, 1_000), gap, key);
        check_partitions(records).seed(seed).cases(3).may_be_empty().model(model).run(|input, out| {
            pipeline!(input, out, 1_000, gap, key)
        });
    }

    /// Who finds no window open for its partition begins one; the others follow on its grid.
    #[test]
    fn windows_from_the_first_record(records in records(), seed in any::<u64>(), (size, every, disorder) in grids()) {
        let key = |r: &Record| (r.partition, r.key);
        let model = |input: &Input| {
            let mut rows: Vec<Session> = vec![];
            for r in timestamp(read(input), |r| r.time, disorder) {
                let own = key(&r.item);
                let open = rows.iter().filter(|row| row.2 == own && row.1 > r.reached);
                let spans = match open.map(|row| row.0).min() {
                    None => vec![(r.time, r.time + size)],
                    Some(first) => {
                        let mut spans = windows(r.time, size, every, first);
                        spans.retain(|span| span.0 >= first || r.time < first);
                        spans
                    }
                };
                for (start, end) in spans.into_iter().filter(|span| span.1 > r.reached) {
                    match rows.iter_mut().find(|row| (row.0, row.1, row.2) == (start, end, own)) {
                        Some(row) => row.3.push(r.item.value),
                        None => rows.push((start, end, own, vec![r.item.value])),
                    }
                }
            }
            rows
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| key(r))
                -> window(sliding(seconds(size), every = seconds(every), origin = first))
                -> collect(|r| r.value)
                -> map(|row| (row.start.as_secs(), row.end.as_secs(), row.key, row.value))
                -> out);
    }

    #[test]
    fn windows_of_so_many_records(records in records(), seed in any::<u64>(), size in 1u64..6, every in 1u64..6) {
        let every = every.min(size);
        let model = |input: &Input| {
            let mut rows = vec![];
            for key in 0..6 {
                for partition in input {
                    let of: Vec<&Record> = partition.iter().filter(|r| r.key == key).collect();
                    let windows = of.windows(size as usize).step_by(every as usize);
                    rows.extend(windows.map(|window| (window[0].partition, key, window.iter().map(|r| r.value).sum())));
                }
            }
            rows
        };
        rows!(records, seed, model, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> window(counts(size, every = every))
                -> sum(|r| r.value)
                -> map(|row| (row.key.0, row.key.1, row.value))
                -> out);
    }
}
