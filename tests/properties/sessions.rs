//! Sessions: windows whose bounds the records decide.

use crate::data::{Record, grids, records};
use crate::model::{Timed, read, sessions, timestamp, windows};
use crate::{cases, own, rows};
use proptest::prelude::*;
use std::time::Duration;
use streamflow::Timestamp;
use streamflow::testing::check_partitions;

type Input = Vec<Vec<Record>>;
/// Start, end, key, values.
type Session = (i64, i64, (u8, u8), Vec<i64>);

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn listed(timed: &[Timed<Record>], gap: i64, key: impl Fn(&Record) -> (u8, u8)) -> Vec<Session> {
    let values = |mut session: Vec<Record>| {
        session.sort_by_key(|r| (r.time, r.value));
        session.into_iter().map(|r| r.value).collect()
    };
    sessions(timed, |_| gap, true, key)
        .into_iter()
        .map(|(start, end, key, session)| (start, end, key, values(session)))
        .collect()
}

const MICROS: i64 = 1_000_000;

/// Sessions with their bounds in microseconds, values in their order.
fn own_gaps(input: &Input, gap: impl Fn(&Record) -> i64, touching: bool, disorder: i64) -> Vec<Session> {
    let timed = timestamp(read(input), |r| r.time * MICROS, disorder * MICROS);
    let all = sessions(&timed, gap, touching, |r| (r.partition, r.key)).into_iter();
    all.map(|(start, end, key, session)| (start, end, key, session.iter().map(|r| r.value).collect())).collect()
}

/// Sessions whose values are sorted.
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

    /// Each record says its own gap, and one that says none is a session of a microsecond. Values in the order that is promised: those
    /// of the earlier session first.
    #[test]
    fn sessions_with_gaps_of_their_own(records in records(), seed in any::<u64>(), longest in 1i64..40, disorder in 0i64..25) {
        let gap = move |r: &Record| r.value.rem_euclid(longest);
        let model = |input: &Input| own_gaps(input, |r| (gap(r) * MICROS).max(1), true, disorder);
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| (r.partition, r.key))
                -> window(session(gap = |r| seconds(gap(r))))
                -> collect(|r| r.value)
                -> map(|row| (row.start.as_micros(), row.end.as_micros(), row.key, row.value))
                -> out);
    }

    /// Exactly a gap between two records is two sessions.
    #[test]
    fn sessions_that_do_not_touch(records in records(), seed in any::<u64>(), longest in 1i64..40, disorder in 0i64..25) {
        let gap = move |r: &Record| r.value.rem_euclid(longest);
        let model = |input: &Input| own_gaps(input, |r| (gap(r) * MICROS).max(1), false, disorder);
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| (r.partition, r.key))
                -> window(session(gap = |r| seconds(gap(r)), boundary = open))
                -> collect(|r| r.value)
                -> map(|row| (row.start.as_micros(), row.end.as_micros(), row.key, row.value))
                -> out);
    }

    #[test]
    fn order_in_sessions(records in records(), seed in any::<u64>(), gap in 1i64..20, disorder in 0i64..25) {
        let model = |input: &Input| {
            let all = own_gaps(input, |_| gap * MICROS, true, disorder);
            all.into_iter().map(|(start, end, key, values)| (start, end, key, own::seen(&values))).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = seconds(disorder))
                -> key_by(|r| (r.partition, r.key))
                -> window(session(seconds(gap)))
                -> fold((0, 1), |seen, r| own::step(seen, r.value), merge = own::merge)
                -> map(|row| (row.start.as_micros(), row.end.as_micros(), row.key, row.value))
                -> out);
    }
}
