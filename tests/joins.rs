//! Joins of streams by time, with versions, with tables, and of what is given to a stage beside its stream.

use std::time::Duration;
use streamflow::join::{Bound, exclusive, negative};
use streamflow::{ErrorKind, Timestamp, sink, source, stream, table};

/// Side, key, value, milliseconds.
type Event = (char, u64, &'static str, i64);
/// The same as joins keep it.
type Kept = (char, u64, String, i64);

/// One batch a step, each step's rows; both sides come from one source, so that they share a watermark.
fn one_log(kind: &str, steps: &[Vec<Event>], within: Duration, disorder: Duration) -> Vec<Vec<String>> {
    let show = |left: Option<&Kept>, right: Option<&Kept>| {
        let value = |side: Option<&Kept>| side.map_or("null".to_owned(), |event| event.2.clone());
        format!("{}+{}", value(left), value(right))
    };
    let out = sink::collect_batches();
    let (inner, left, full) = (out.clone(), out.clone(), out.clone());
    let owned = |event: &Event| (event.0, event.1, event.2.to_owned(), event.3);
    let steps = || source::batches(steps.iter().map(|step| step.iter().map(owned).collect()).collect());
    match kind {
        "inner" => {
            let job = stream! {
                let log = steps() -> timestamp(|event| Timestamp::from_millis(event.3), disorder = disorder);
                let right = log -> filter(|event| event.0 == 'R') -> key_by(|event| event.1);
                let left = log -> filter(|event| event.0 == 'L') -> key_by(|event| event.1);
                left -> join(right, within = within, |l, r| show(Some(l), Some(r))) -> inner;
            };
            job.run().expect("runs");
        }
        "left" => {
            let job = stream! {
                let log = steps() -> timestamp(|event| Timestamp::from_millis(event.3), disorder = disorder);
                let right = log -> filter(|event| event.0 == 'R') -> key_by(|event| event.1);
                let lefts = log -> filter(|event| event.0 == 'L') -> key_by(|event| event.1);
                lefts -> left_join(right, within = within, |l, r| show(Some(l), r)) -> left;
            };
            job.run().expect("runs");
        }
        _ => {
            let job = stream! {
                let log = steps() -> timestamp(|event| Timestamp::from_millis(event.3), disorder = disorder);
                let right = log -> filter(|event| event.0 == 'R') -> key_by(|event| event.1);
                let left = log -> filter(|event| event.0 == 'L') -> key_by(|event| event.1);
                left -> full_join(right, within = within, &show) -> full;
            };
            job.run().expect("runs");
        }
    }
    let mut batches = by_step(out.take());
    batches.iter_mut().for_each(|rows| rows.sort());
    batches
}

/// The rows of each step until the last one that has some: the batch before the first step only opens the sinks.
fn by_step<T>(batches: Vec<(u64, Vec<T>)>) -> Vec<Vec<T>> {
    let mut steps = vec![];
    for (epoch, rows) in batches {
        steps.resize_with(epoch as usize, Vec::new);
        steps[epoch as usize - 1] = rows;
    }
    steps
}

fn rows(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

/// Kafka's table of stream-stream joins: every row comes with the arrival that makes it certain.
#[test]
fn rows_come_with_the_arrival_that_makes_them_certain() {
    let second = |side, value, at: i64| vec![(side, 1, value, at * 1000)];
    let log = vec![
        second('L', "A", 3),
        second('R', "a", 4),
        second('L', "B", 5),
        second('R', "b", 6),
        second('L', "C", 9),
        second('R', "c", 10),
        second('R', "d", 14),
        second('L', "D", 15),
        second('L', "E", 40),
        second('L', "F", 61),
        second('R', "f", 82),
        second('L', "G", 103),
    ];
    let play = |kind| one_log(kind, &log, Duration::from_secs(15), Duration::from_secs(5));
    let mut expected = [
        rows(&[]),
        rows(&["A+a"]),
        rows(&["B+a"]),
        rows(&["A+b", "B+b"]),
        rows(&["C+a", "C+b"]),
        rows(&["A+c", "B+c", "C+c"]),
        rows(&["A+d", "B+d", "C+d"]),
        rows(&["D+a", "D+b", "D+c", "D+d"]),
        rows(&[]),
        rows(&[]),
        rows(&[]),
        rows(&[]),
    ]
    .to_vec();
    // with the last record the input ends, and all is concluded
    assert_eq!(play("inner"), expected[..8]);
    expected[9] = rows(&["E+null"]);
    expected[10] = rows(&["F+null"]);
    expected[11] = rows(&["G+null"]);
    assert_eq!(play("left"), expected);
    expected[11] = rows(&["G+null", "null+f"]);
    assert_eq!(play("full"), expected);
}

/// Kafka's `testOuterJoinDuplicates`: stream time closes windows of both sides, and each record has its own row.
#[test]
fn records_of_one_time_are_joined_each_for_itself() {
    let log = vec![
        vec![
            ('L', 0, "A0", 0),
            ('L', 0, "A0-0", 0),
            ('R', 1, "11", 0),
            ('R', 1, "12", 0),
            ('R', 1, "10", 111),
            ('R', 3, "100", 211),
        ],
        vec![('L', 2, "A2", 200), ('L', 2, "A2-0", 200), ('R', 2, "13", 201), ('R', 2, "14", 201)],
        vec![('R', 3, "100", 1500)],
    ];
    let batches = one_log("full", &log, Duration::from_millis(100), Duration::from_millis(11));
    assert_eq!(
        batches,
        [
            rows(&["A0+null", "A0-0+null", "null+11", "null+12"]),
            rows(&["A2+13", "A2+14", "A2-0+13", "A2-0+14"]),
            // the second one of key 3 because the input ends
            rows(&["null+10", "null+100", "null+100"]),
        ]
    );
}

/// Flink's interval joins of `[1, 2, 3, 4]` with itself.
#[test]
fn bounds_may_be_negative_and_exclusive() {
    let milli = Duration::from_millis;
    let join = |before: Bound, after: Bound| {
        let mut pairs = vec![];
        let job = stream! {
            let left = source::vec(vec![1, 2, 3, 4]) -> timestamp(|n| Timestamp::from_millis(*n)) -> key_by(|_| ());
            let right = source::vec(vec![1, 2, 3, 4]) -> timestamp(|n| Timestamp::from_millis(*n)) -> key_by(|_| ());
            left -> join(right, before = before, after = after, |l, r| (*l, *r)) -> &mut pairs;
        };
        job.run().expect("runs");
        pairs.sort();
        pairs
    };
    assert_eq!(join(exclusive(milli(3)), negative(milli(1))), [(2, 1), (3, 1), (3, 2), (4, 2), (4, 3)]);
    assert_eq!(join(negative(milli(1)), milli(2).into()), [(1, 2), (1, 3), (2, 3), (2, 4), (3, 4)]);
    assert_eq!(join(exclusive(milli(3)), negative(milli(1)).exclusive()), [(3, 1), (4, 2)]);
    assert_eq!(join(exclusive(milli(1)), exclusive(milli(1))), [(1, 1), (2, 2), (3, 3), (4, 4)]);
}

/// Two sources, each with its own watermark: neither waits for the other to be read.
#[test]
fn each_side_has_its_own_watermark() {
    let left = (0..4u64).map(|key| (key, format!("A{key}"), 1000 + key as i64)).collect::<Vec<_>>();
    let right = |name: char, at: i64| (0..4u64).map(move |key| (key, format!("{name}{key}"), at)).collect::<Vec<_>>();
    let rights = vec![vec![], right('a', 999), right('b', 1000), right('c', 1001), right('d', 1002)];
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let right = source::batches(rights) -> timestamp(|r| Timestamp::from_millis(r.2)) -> key_by(|r| r.0);
        let left = source::batches(vec![left]) -> timestamp(|l| Timestamp::from_millis(l.2)) -> key_by(|l| l.0);
        left -> join(right, after = 100ms, |l, r| (l.0, format!("{}+{}", l.1, r.1))) as near -> out;
    };
    let report = job.run().expect("runs");
    let batches = taken.take().into_iter().map(|(_, mut rows)| {
        rows.sort();
        rows
    });
    let batches: Vec<Vec<(u64, String)>> = batches.filter(|rows| !rows.is_empty()).collect();
    let row = |key: u64, name: char| (key, format!("A{key}+{name}{key}"));
    assert_eq!(
        batches,
        [vec![row(0, 'b')], vec![row(0, 'c'), row(1, 'c')], vec![row(0, 'd'), row(1, 'd'), row(2, 'd')]]
    );
    assert_eq!(report.late, []);
    assert_eq!(
        report.state.iter().find(|state| state.0 == "near").map(|state| state.1.keys),
        Some(0),
        "nothing is left"
    );
}

#[test]
fn what_is_joined_depends_neither_on_batches_nor_on_threads() {
    let left: Vec<(u64, i64)> = (0..3000).map(|n| (n * 7 % 50, (n / 3 + n * 13 % 20) as i64)).collect();
    let right: Vec<(u64, i64)> = (0..2000).map(|n| (n * 11 % 60, (n / 2 + n * 17 % 20) as i64)).collect();
    let join = |threads: usize, bytes: usize, chunk: usize| {
        let mut rows = vec![];
        let job = stream! {
            #![batch(bytes = bytes)]
            let right = source::slice(&right) -> timestamp(|r| Timestamp::from_millis(r.1), disorder = 8ms) -> map(|r| *r) -> key_by(|r| r.0);
            let left = source::slice(&left) -> timestamp(|l| Timestamp::from_millis(l.1), disorder = 8ms) -> map(|l| *l) -> key_by(|l| l.0);
            left -> full_join(right, before = 2ms, after = 5ms, |l, r| (l.copied(), r.copied())) as near -> &mut rows;
        };
        let report = job.threads(threads).chunk_bytes(chunk).run().expect("runs");
        rows.sort();
        let late: u64 = report.late.iter().map(|late| late.1).sum();
        (rows, late)
    };
    let expected = join(1, 1 << 20, 1 << 20);
    assert!(expected.0.len() > 3000 && expected.1 > 100, "{} rows, {} late", expected.0.len(), expected.1);
    for (threads, bytes, chunk) in [(1, 160, 64), (3, 4096, 256), (2, 1 << 20, 512)] {
        assert_eq!(join(threads, bytes, chunk), expected, "{threads} threads, batches of {bytes}");
    }
}

/// Results carry times, so a window may follow.
#[test]
fn a_window_follows_a_join() {
    let mut rows = vec![];
    let job = stream! {
        let right = source::vec(vec![(1, 2), (1, 12), (1, 21)]) -> timestamp(|r| Timestamp::from_secs(r.1)) -> key_by(|r| r.0);
        let left = source::vec(vec![(1, 1), (1, 9), (1, 20)]) -> timestamp(|l| Timestamp::from_secs(l.1)) -> key_by(|l| l.0);
        left -> join(right, within = 3s, |l, r| (l.1, r.1))
            -> window(tumbling(10s)) -> count()
            -> map(|row| (row.start.as_secs(), row.value)) -> &mut rows;
    };
    job.run().expect("runs");
    assert_eq!(rows, [(0, 1), (10, 1), (20, 1)], "(1, 2), (9, 12), (20, 21): by the later time");
}

#[test]
fn windows_join_what_is_in_the_same_one() {
    let mut rows = vec![];
    let job = stream! {
        let right = source::vec(vec![('a', 9), ('a', 10), ('b', 31)]) -> timestamp(|r| Timestamp::from_secs(r.1)) -> key_by(|r| r.0);
        let left = source::vec(vec![('a', 1), ('a', 2), ('c', 33)]) -> timestamp(|l| Timestamp::from_secs(l.1)) -> key_by(|l| l.0);
        left -> full_join(right, window = tumbling(10s), |l, r| (l.map(|l| l.1), r.map(|r| r.1))) -> &mut rows;
    };
    job.run().expect("runs");
    rows.sort();
    assert_eq!(rows, [(None, Some(10)), (None, Some(31)), (Some(1), Some(9)), (Some(2), Some(9)), (Some(33), None)]);
}

#[test]
fn an_empty_interval_is_refused_and_a_panic_has_a_place() {
    let job = stream! {
        let right = source::vec(vec![1i64]) -> timestamp(|r| Timestamp::from_secs(*r)) -> key_by(|_| ());
        let left = source::vec(vec![1i64]) -> timestamp(|l| Timestamp::from_secs(*l)) -> key_by(|_| ());
        left -> join(right, before = negative(Duration::from_secs(2)), after = 1s, |l, r| l + r) -> sink::discard();
    };
    assert_eq!(job.run().expect_err("empty").kind(), ErrorKind::Settings);
    let job = stream! {
        let right = source::vec(vec![1i64]) -> timestamp(|r| Timestamp::from_secs(*r)) -> key_by(|_| ());
        let left = source::vec(vec![1i64]) -> timestamp(|l| Timestamp::from_secs(*l)) -> key_by(|_| ());
        left -> join(right, within = 1s, |_, _| -> i64 { panic!("broken") }) as near -> sink::discard();
    };
    let error = job.run().expect_err("it panics").to_string();
    assert_eq!(error, "stage `join as near` panicked: broken, at the results of this batch");
}

/// A version holds from its time until the next one, whatever is read first.
#[test]
fn a_record_meets_the_version_of_its_time() {
    let versions = vec![vec![('a', 10, 1), ('b', 0, 9)], vec![('a', 20, 2)], vec![('a', 30, -1)], vec![('a', 40, 3)]];
    let records = vec![('a', 5), ('a', 10), ('a', 25), ('a', 30), ('a', 45), ('b', 50), ('c', 50)];
    for (versions, records) in [
        (versions.clone(), vec![records.clone()]),
        (vec![versions.concat()], records.iter().map(|record| vec![*record]).collect()),
        (versions.clone(), records.iter().map(|record| vec![*record]).collect()),
    ] {
        for threads in [1, 2] {
            let mut rows = vec![];
            let job = stream! {
                let versions = source::batches(versions.clone()) -> timestamp(|v| Timestamp::from_secs(v.1)) -> key_by(|v| v.0);
                let records = source::batches(records.clone()) -> timestamp(|r| Timestamp::from_secs(r.1)) -> key_by(|r| r.0);
                records -> as_of_join(versions, |r, v| (r.1, v.map(|v| v.2)), deletes = |v| v.2 < 0) as prices -> &mut rows;
            };
            let report = job.threads(threads).run().expect("runs");
            rows.sort();
            let expected =
                [(5, None), (10, Some(1)), (25, Some(2)), (30, None), (45, Some(3)), (50, None), (50, Some(9))];
            assert_eq!(rows, expected);
            let left = report.state.iter().find(|state| state.0 == "prices").map(|state| state.1.keys);
            assert_eq!(left, Some(2), "the versions that hold");
        }
    }
}

/// A log of one key: side and value, `None` deletes.
type Change = (char, Option<char>);

const CHANGES: [Change; 15] = [
    ('L', None),
    ('R', None),
    ('L', Some('A')),
    ('R', Some('a')),
    ('L', Some('B')),
    ('R', Some('b')),
    ('L', None),
    ('R', None),
    ('L', Some('C')),
    ('R', Some('c')),
    ('R', None),
    ('L', None),
    ('R', None),
    ('R', Some('d')),
    ('L', Some('D')),
];

/// Kafka's table of stream-table joins: only the stream side gives rows.
#[test]
fn the_table_side_gives_no_rows() {
    let out = sink::collect_batches();
    let taken = out.clone();
    let job = stream! {
        let log = source::batches(CHANGES.iter().map(|change| vec![*change]).collect());
        let right = log -> filter(|change| change.0 == 'R') -> key_by(|_| 1);
        let left = log -> filter(|change| change.0 == 'L' && change.1.is_some()) -> key_by(|_| 1);
        left -> latest_join(right, |l, r| (l.1, r.and_then(|r| r.1)), deletes = |r| r.1.is_none()) as table -> out;
    };
    let report = job.run().expect("runs");
    assert_eq!(
        taken.take(),
        [
            (3, vec![(Some('A'), None)]),
            (5, vec![(Some('B'), Some('a'))]),
            (9, vec![(Some('C'), None)]),
            (15, vec![(Some('D'), Some('d'))]),
        ]
    );
    assert_eq!(report.state[0].1.keys, 1);
}

/// Kafka's table of table-table joins: the closure says which join it is.
#[test]
fn tables_give_a_row_when_a_side_changes() {
    type Row = (Option<char>, Option<char>);
    let play = |row: fn(Option<&Change>, Option<&Change>) -> Option<Row>| {
        let out = sink::collect_batches();
        let taken = out.clone();
        let job = stream! {
            let log = source::batches(CHANGES.iter().map(|change| vec![*change]).collect());
            let right = log -> filter(|change| change.0 == 'R') -> key_by(|_| 1);
            let left = log -> filter(|change| change.0 == 'L') -> key_by(|_| 1);
            left -> table_join(right, row, left_deletes = |l| l.1.is_none(), right_deletes = |r| r.1.is_none())
                -> map(|row| row.value) -> out;
        };
        job.run().expect("runs");
        taken
            .take()
            .into_iter()
            .flat_map(|(step, rows)| rows.into_iter().map(move |row| (step, row)))
            .collect::<Vec<_>>()
    };
    let both = |left, right| Some((Some(left), Some(right)));
    let only = |left| Some((Some(left), None));
    let inner = play(|l, r| Some((l?.1, r?.1)));
    assert_eq!(
        inner,
        [
            (4, both('A', 'a')),
            (5, both('B', 'a')),
            (6, both('B', 'b')),
            (7, None),
            (10, both('C', 'c')),
            (11, None),
            (15, both('D', 'd'))
        ]
    );
    let left = play(|l, r| Some((l?.1, r.and_then(|r| r.1))));
    assert_eq!(
        left,
        [
            (3, only('A')),
            (4, both('A', 'a')),
            (5, both('B', 'a')),
            (6, both('B', 'b')),
            (7, None),
            (9, only('C')),
            (10, both('C', 'c')),
            (11, only('C')),
            (12, None),
            (15, both('D', 'd')),
        ]
    );
    let full = play(|l, r| (l.is_some() || r.is_some()).then(|| (l.and_then(|l| l.1), r.and_then(|r| r.1))));
    assert_eq!(
        full,
        [
            (3, only('A')),
            (4, both('A', 'a')),
            (5, both('B', 'a')),
            (6, both('B', 'b')),
            (7, Some((None, Some('b')))),
            (8, None),
            (9, only('C')),
            (10, both('C', 'c')),
            (11, only('C')),
            (12, None),
            (14, Some((None, Some('d')))),
            (15, both('D', 'd')),
        ]
    );
}

#[test]
fn a_small_stream_is_applied_before_the_records_of_its_batch() {
    for threads in [1, 2] {
        let mut rows = vec![];
        let job = stream! {
            let limits = source::batches(vec![vec![10], vec![], vec![20, 30]]);
            let words = source::batches(vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"]]);
            words -> broadcast(limits, 0, |sum, limit| *sum += limit, |word, sum| (word, *sum)) as limit -> &mut rows;
        };
        job.threads(threads).run().expect("runs");
        assert_eq!(rows, [("a", 10), ("b", 10), ("c", 60), ("d", 60)]);
    }
}

#[test]
fn a_table_is_asked_in_the_loop() {
    let names = table::from_iter([("ann".to_owned(), 1), ("bob".to_owned(), 2)]);
    let pairs = table::from_iter([((1, 'x'), "one")]);
    let mut rows = vec![];
    let job = stream! {
        source::vec(vec!["bob", "eve", "ann"])
            -> lookup(names, |name| *name, |name, id| (name, id.copied()))
            -> lookup(pairs, |row| (row.1.unwrap_or(0), 'x'), |row, name| (row.0, name.copied()))
            -> &mut rows
    };
    job.threads(2).run().expect("runs");
    assert_eq!(rows, [("bob", None), ("eve", None), ("ann", Some("one"))]);
}

/// Bytewax's modes of a join, one value of a side in each batch: `running` is what `table_join` does, `complete` is its first full row, and
/// `final` is its last.
#[test]
fn running_complete_and_final_rows() {
    let play = |right: Vec<i64>, once: bool| {
        let (mut rows, log) =
            (vec![], std::iter::once(vec![('L', 1)]).chain(right.iter().map(|value| vec![('R', *value)])));
        let batches: Vec<Vec<(char, i64)>> = if once { vec![log.flatten().collect()] } else { log.collect() };
        let job = stream! {
            let log = source::batches(batches);
            let right = log -> filter(|row| row.0 == 'R') -> key_by(|_| ());
            let left = log -> filter(|row| row.0 == 'L') -> key_by(|_| ());
            left -> table_join(right, |l, r| l.map(|l| (l.1, r.map(|r| r.1)))) -> filter_map(|row| row.value) -> &mut rows;
        };
        job.run().expect("runs");
        rows
    };
    assert_eq!(play(vec![2, 3], false), [(1, None), (1, Some(2)), (1, Some(3))], "running");
    assert_eq!(play(vec![2], false).into_iter().find(|row| row.1.is_some()), Some((1, Some(2))), "complete");
    assert_eq!(play(vec![2, 3], true), [(1, Some(3))], "final: all in one batch");
}

/// A table that is loaded again takes its place between two batches; when loading fails the old rows stay.
#[test]
fn a_table_is_loaded_again_while_the_job_runs() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let loads = std::sync::Arc::new(AtomicU64::new(0));
    let counted = loads.clone();
    let versions = table::refreshed(Duration::ZERO, move || match counted.fetch_add(1, Ordering::Relaxed) {
        1 => Err("not now"),
        n => Ok([((), n)]),
    })
    .expect("the first version");
    let status = versions.status();
    let out = sink::collect_batches();
    let taken = out.clone();
    let batches: Vec<Vec<usize>> = (0..100).map(|batch| vec![batch, batch]).collect();
    let job = stream! {
        source::batches(batches)
            -> lookup(versions.table(), |_| (), |batch, version| (batch, version.copied()))
            -> out
    };
    // a thread loads meanwhile, and has time for it
    let job = job.on_progress(|_| std::thread::sleep(Duration::from_millis(1)));
    job.run().expect("a failure keeps the old rows");
    let rows = taken.take();
    assert!(rows.iter().all(|(_, rows)| rows[0].1 == rows[1].1), "a batch sees one version");
    assert_eq!(rows[0].1[0].1, Some(0));
    assert_eq!((status.failures(), status.last_error().as_deref()), (1, Some("cannot load the table: not now")));
    assert!(status.refreshes() > 0 && rows[99].1[0].1 > Some(1), "{status:?}");
}

/// The end of the input is behind every bound, also one that never ends.
#[test]
fn unmatched_rows_of_unlimited_bounds_come_at_the_end() {
    let joined = |bound: Duration| {
        let rows = sink::collect();
        let out = rows.clone();
        stream! {
            let rights = source::vec(vec![2u64]) -> timestamp(|_| Timestamp::from_secs(1)) -> key_by(|key| *key);
            let lefts = source::vec(vec![1u64, 2]) -> timestamp(|_| Timestamp::from_secs(1)) -> key_by(|key| *key);
            lefts -> left_join(rights, before = bound, after = bound, |left, right| (*left, right.is_some())) -> out;
        }
        .run()
        .expect("joins");
        let mut rows = rows.take();
        rows.sort();
        rows
    };
    assert_eq!(joined(Duration::from_secs(10)), [(1, false), (2, true)]);
    assert_eq!(joined(Duration::MAX), [(1, false), (2, true)]);
}
