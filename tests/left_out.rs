//! `#![panics = skip]` where the step of a state panics: its record is left out of the state, and nothing else changes.

use std::fmt::Debug;
use std::time::Duration;
use streamflow::{Aggregator, ByValue, ErrorKind, Merge, Timestamp, sink, source, stream};

fn input() -> Vec<Vec<i64>> {
    vec![(0..200).collect(), (150..350).rev().collect(), vec![], vec![3, 10, 17]]
}

fn is_bad(n: i64) -> bool {
    n % 7 == 3
}

/// Changes the state and then panics with some records.
fn step(seen: &mut Vec<i64>, n: i64) {
    seen.push(n);
    assert!(!is_bad(n), "met {n}");
}

fn merge(into: &mut Vec<i64>, from: Vec<i64>) {
    into.extend(from);
}

fn at(n: &i64) -> Timestamp {
    Timestamp::from_secs(*n)
}

fn sorted<T: Ord>(mut rows: Vec<T>) -> Vec<T> {
    rows.sort();
    rows
}

struct Listed;

impl Aggregator<i64> for Listed {
    type State = Vec<i64>;
    type Output = Vec<i64>;
    const MERGE: Option<Merge<Self, Vec<i64>>> = Some(|_, into, from| into.extend(from));
    fn create(&self) -> Vec<i64> {
        vec![]
    }
    fn add(&self, state: &mut Vec<i64>, n: i64) {
        step(state, n);
    }
    fn output(&self, state: &Vec<i64>) -> Vec<i64> {
        state.clone()
    }
}

/// A pipeline in which records panic gives what it gives without these records, and tells how many there were. `row`: what is compared.
macro_rules! left_out {
    ($stage:literal, $row:expr, $before:ident($($argument:tt)*) $(-> $name:ident($($arguments:tt)*))*) => {
        for (threads, chunk_bytes) in [(1, 1 << 20), (1, 64), (3, 64), (3, 8)] {
            let (mut rows, mut expected) = (vec![], vec![]);
            let bad = input().concat().into_iter().filter(|n| is_bad(*n)).count() as u64;
            let job = stream! {
                #![panics = skip]
                source::partitions(input()) -> $before($($argument)*) $(-> $name($($arguments)*))* -> map($row) -> &mut rows
            };
            let report = job.threads(threads).chunk_bytes(chunk_bytes).run().expect("records are left out");
            let job = stream! {
                source::partitions(input()) -> $before($($argument)*) -> filter(|n| !is_bad(*n))
                    $(-> $name($($arguments)*))* -> map($row) -> &mut expected
            };
            let reference = job.threads(threads).chunk_bytes(chunk_bytes).run().expect("no panic");
            assert_eq!(sorted(rows), sorted(expected), "{threads} threads, chunks of {chunk_bytes}");
            assert_eq!(report.failed, [($stage, bad)]);
            let keys = |state: &[(&'static str, _)]| state.iter().map(|(_, size): &(_, streamflow::SlotSize)| size.keys).collect::<Vec<_>>();
            assert_eq!(keys(&report.state), keys(&reference.state));
        }
    };
}

#[test]
fn running_folds() {
    left_out!("fold", |seen| seen, map(|n| n) -> fold(vec![], step));
    left_out!("fold", |row| (row.key, row.value), map(|n| n) -> key_by(|n| n / 10) -> fold(vec![], step));
    left_out!("reduce", |row| (row.key, row.value), map(|n| n) -> key_by(|n| n % 2) -> reduce(|a, b| {
        assert!(!is_bad(b), "met {b}");
        (a * 31 + b) % 1_000
    }));
    left_out!("aggregate", |row| (row.key, row.value), map(|n| n) -> key_by(|n| n / 10) -> aggregate(Listed));
}

/// Keys that only bad records have brought are no keys.
#[test]
fn keys_of_nothing() {
    left_out!("fold", |row| (row.key, row.value), map(|n| n) -> key_by(|n| *n) -> fold(vec![], step));
    left_out!("fold", |row| (row.key, row.value), map(|n| n) -> key_by(|n| *n) -> window(counts(2)) -> fold(vec![], step));
    left_out!("fold", |row| (row.key, row.value), timestamp(at, disorder = 500s) -> key_by(|n| *n) -> window(session(3s)) -> fold(vec![], step, merge = merge));
    left_out!("process", |row: (i64, i64)| row, map(|n| n) -> key_by(|n| *n) -> process(
        vec![],
        |ctx, n| {
            step(ctx.state, n);
            ctx.emit((n, 0));
        },
        on_timer = |_, _| {},
        timeout = unbounded,
    ));
}

#[test]
fn folds_in_windows() {
    left_out!("fold", |row| (row.start, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(tumbling(10s)) -> fold(vec![], step));
    left_out!("fold", |row| (row.start, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(sliding(10s, every = 4s)) -> fold(vec![], step));
    left_out!("fold", |row| (row.start, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(sliding(10s, every = 4s)) -> fold(vec![], step, merge = merge));
    left_out!("aggregate", |row| (row.start, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(sliding(10s, every = 4s)) -> aggregate(Listed));
    left_out!("fold", |row| (row.start, row.end, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(session(4s)) -> fold(vec![], step, merge = merge));
    left_out!("fold", |row| (row.start, row.end, row.key, row.value),
        timestamp(at, disorder = 500s) -> key_by(|n| n % 3) -> window(aligned(8s)) -> fold(vec![], step, merge = merge));
}

/// One that is left out counts for no window.
#[test]
fn folds_in_windows_of_counts() {
    left_out!("fold", |row| (row.key, row.value), map(|n| n) -> key_by(|n| n / 20) -> window(counts(3)) -> fold(vec![], step));
    left_out!("fold", |row| (row.key, row.value),
        map(|n| n) -> key_by(|n| n / 20) -> window(counts(3, every = 2)) -> fold(vec![], step));
}

/// What the function had done before it panicked is taken back: its state, its results and its timers.
#[test]
fn functions_with_a_state() {
    left_out!("map_with_state", |row: (i64, i64)| row, map(|n| n) -> key_by(|n| n % 5) -> map_with_state(
        |key, n, state| {
            let n = n.unwrap_or(0);
            let next = state.get().copied().unwrap_or(0) * 3 % 1_000 + n;
            state.update(next);
            assert!(!is_bad(n), "met {n}");
            (*key, next)
        },
        timeout = unbounded,
    ));
    left_out!("process", |row: (i64, i64, usize)| row, timestamp(at, disorder = 500s) -> key_by(|n| n % 5) -> process(
        vec![],
        |ctx, n| {
            ctx.emit((ctx.key(), n, 0));
            ctx.set_timer(at(&n) + Duration::from_secs(1_000));
            step(ctx.state, n);
        },
        on_timer = |ctx, time| ctx.emit((ctx.key(), time.as_secs(), ctx.state.len())),
        timeout = unbounded,
    ));
}

/// It is one record, though it is in several windows and has become several items.
#[test]
fn a_record_is_counted_once() {
    let job = stream! {
        #![panics = skip]
        source::vec(vec![1, 2, 3])
            -> flat_map(|n| [n; 4])
            -> timestamp(at)
            -> window(sliding(10s, every = 1s))
            -> fold(vec![], step)
            -> sink::discard()
    };
    assert_eq!(job.run().expect("runs").failed, [("fold", 1)]);
}

/// The other branches have taken the record when the state meets it.
#[test]
fn it_is_left_out_of_this_state_alone() {
    let (mut folded, mut all) = (vec![], vec![]);
    let job = stream! {
        #![panics = skip]
        let numbers = source::vec(vec![1, 3, 5]);
        numbers -> fold(vec![], step) -> &mut folded;
        numbers -> &mut all;
    };
    assert_eq!(job.run().expect("runs").failed, [("fold", 1)]);
    assert_eq!((folded, all), (vec![vec![1, 5]], vec![1, 3, 5]));
}

/// A batch whose records are all left out has changed nothing.
#[test]
fn nothing_changes() {
    let (totals, keys) = (sink::collect_batches(), sink::collect_batches());
    let job = stream! {
        #![panics = skip]
        let numbers = source::batches(vec![vec![3], vec![1], vec![10, 17], vec![2, 3]]);
        numbers -> fold(vec![], step) -> totals.clone();
        numbers -> key_by(|_| 0u8) -> fold(vec![], step) -> map(|row| row.value) -> keys.clone();
    };
    job.threads(1).run().expect("runs");
    for rows in [totals, keys] {
        let rows: Vec<_> = rows.take().into_iter().filter(|(_, rows)| !rows.is_empty()).collect();
        assert_eq!(rows, [(2, vec![vec![1]]), (4, vec![vec![1, 2]])]);
    }
}

/// The sum of several records is no record that could be left out.
#[test]
fn what_is_combined_ends_the_job() {
    struct Broken;
    impl Aggregator<i64> for Broken {
        type State = i64;
        type Output = i64;
        const MERGE: Option<Merge<Self, i64>> = Some(|_, _, _| panic!("no merge"));
        const ANY_ORDER: bool = true;
        fn create(&self) -> i64 {
            0
        }
        fn add(&self, state: &mut i64, n: i64) {
            *state += n;
        }
        fn output(&self, state: &i64) -> i64 {
            *state
        }
    }
    let job = stream! { #![panics = skip] source::vec(vec![1, 2, 3]) -> aggregate(Broken) -> sink::discard() };
    assert_eq!(job.run().expect_err("no record is at fault").kind(), ErrorKind::Panic);
}

const HELP: &str =
    "it was called for a key, not for one record, so none can be left out: make it pass over what it cannot take";

fn ends<T: Debug>(result: Result<T, streamflow::Error>, stage: &str, place: &str) {
    let error = result.expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.to_string(), format!("stage `{stage}` panicked: met it, at {place}; {HELP}"));
}

#[test]
fn a_timer_names_its_key() {
    for threads in [1, 3] {
        let beats = vec![("ann", 1), ("bob", 2), ("cid", 60)];
        let job = stream! {
            #![panics = skip]
            source::vec(beats)
                -> timestamp(|beat| at(&beat.1))
                -> key_by(|beat| (beat.0, 7u8))
                -> process(
                    (),
                    |ctx, beat| ctx.set_timer(at(&beat.1) + Duration::from_secs(10)),
                    on_timer = |ctx, time| {
                        assert!(time.as_secs() != 12, "met it");
                        ctx.emit(0);
                    },
                    timeout = unbounded,
                ) as silent
                -> sink::discard()
        };
        ends(job.threads(threads).run(), "process as silent", r#"key ("bob", 7)"#);
    }
}

#[test]
fn a_time_out_names_its_key() {
    let job = stream! {
        source::batches(vec![vec![5u64], vec![], vec![]]) -> key_by(|n| *n) -> map_with_state(
            |_, n, state| {
                assert!(n.is_some(), "met it");
                state.update(n);
            },
            timeout = 0s,
        ) -> sink::discard()
    };
    let mut driver = streamflow::testing::Driver::new(job).expect("starts");
    driver.batch().expect("no time-out yet");
    driver.advance(Duration::from_secs(9));
    ends(driver.batch(), "map_with_state", "key 5");
}

#[test]
fn an_update_names_its_key() {
    for threads in [1, 3] {
        let job = stream! {
            source::vec(vec![("ann", 1), ("bob", 2)])
                -> key_by(|pair| pair.0)
                -> update_state(|key, values, state| {
                    assert!(&**key != "bob", "met it");
                    *state = Some(values.len());
                })
                -> sink::discard()
        };
        ends(job.threads(threads).run(), "update_state", r#"key "bob""#);
    }
    let job = stream! {
        source::vec(vec![1])
            -> key_by(|n| ByValue(*n))
            -> update_state(|_, _, state: &mut Option<u64>| {
                assert!(state.is_some(), "met it");
            })
            -> sink::discard()
    };
    ends(job.run(), "update_state", "a key whose type cannot be shown");
}
