//! A new version of the program on the state of the old one: what goes on, and what is refused in words.

use std::time::Duration;
use streamflow::checkpoint::MemoryStorage;
use streamflow::{Checkpoint, Error, ErrorKind, State, Timestamp, file, sink, source, stream};

/// Runs a pipeline over numbers and gives its rows as text.
macro_rules! run {
    ($directory:expr, $numbers:expr, |$numbers_in:ident, $out:ident| $($pipeline:tt)*) => {{
        let ($numbers_in, rows) = (source::vec($numbers.to_vec()), sink::collect::<String>());
        let $out = rows.clone();
        let job = stream! { $($pipeline)* };
        let done = job.checkpoint(Checkpoint::new($directory.clone())).batch_bytes(16).threads(1).run();
        done.map(|_| rows.take())
    }};
}

fn refused(done: Result<Vec<String>, Error>) -> String {
    let error = done.expect_err("this cannot go on");
    assert_eq!(error.kind(), ErrorKind::Checkpoint, "{error}");
    error.to_string()
}

#[test]
fn state_goes_on_whatever_else_changes() {
    let directory = MemoryStorage::new();
    let first =
        run!(directory, [1u64, 2, 3], |numbers, out| numbers -> sum() as total -> map(|n| n.to_string()) -> out);
    assert_eq!(first.expect("a first run").last().map(String::as_str), Some("6"));
    // other stages, another state beside it
    let second = run!(directory, [1u64, 2, 3, 10, 11], |numbers, out|
    let all = numbers -> inspect(|_| ());
    all -> split {
        sums => sum() as total -> map(|n| format!("total {n}")) -> out,
        evens => filter(|n| n % 2 == 0) -> count() as even_numbers -> map(|n| format!("even {n}")) -> sink::discard(),
    });
    assert_eq!(second.expect("a second run").last().map(String::as_str), Some("total 27"));
}

/// A lane owns a range of hashes, and there are as many as threads ask for: what comes back goes to the lanes that there are now.
#[test]
fn state_goes_on_with_another_number_of_threads() {
    let directory = MemoryStorage::new();
    let mut seen = std::collections::BTreeMap::new();
    for (run, threads) in [1, 3, 2, 1].into_iter().enumerate() {
        let numbers: Vec<u64> = (0..1_000 * (run as u64 + 1)).collect();
        let (count, rows) = (numbers.len() as u64, sink::collect::<(&'static str, u64, u64)>());
        let [processed, mapped, updated, folded] = [rows.clone(), rows.clone(), rows.clone(), rows.clone()];
        let job = stream! {
            let keyed = source::vec(numbers) -> key_by(|n| n % 97);
            keyed -> process(
                0u64,
                |ctx, _| {
                    *ctx.state += 1;
                    let row = ("process", ctx.key(), *ctx.state);
                    ctx.emit(row);
                },
                on_timer = |_, _| (),
                timeout = unbounded,
            ) as processed_by_key -> processed;
            keyed -> map_with_state(
                |key, _, state: &mut streamflow::KeyState<u64>| {
                    let count = state.get().copied().unwrap_or(0) + 1;
                    state.update(count);
                    ("map_with_state", *key, count)
                },
                timeout = unbounded,
            ) as mapped_by_key -> mapped;
            keyed -> update_state(|_, values, count| *count = Some(count.unwrap_or(0) + values.len() as u64)) as updated_by_key
                -> map(|row| ("update_state", row.key, row.value)) -> updated;
            keyed -> fold(0u64, |count, _| *count += 1) as folded_by_key
                -> map(|row| ("fold", row.key, row.value)) -> folded
        };
        job.checkpoint(Checkpoint::new(directory.clone())).batch_bytes(2_000).threads(threads).run().expect("a run");
        seen.extend(rows.take().into_iter().map(|(stage, key, value)| ((stage, key), value)));
        let expected = |key: u64| (0..count).filter(|n| n % 97 == key).count() as u64;
        for stage in ["process", "map_with_state", "update_state", "fold"] {
            let mine: Vec<u64> = (0..97).map(|key| seen[&(stage, key)]).collect();
            assert_eq!(mine, (0..97).map(expected).collect::<Vec<_>>(), "{stage} on {threads} threads");
        }
    }
}

#[test]
fn another_kind_of_stage_is_refused() {
    let directory = MemoryStorage::new();
    run!(directory, [1u64, 2, 3], |numbers, out| numbers -> sum() as total -> map(|n| n.to_string()) -> out)
        .expect("a run");
    let text =
        refused(run!(directory, [1u64], |numbers, out| numbers -> max() as total -> map(|n| n.to_string()) -> out));
    assert_eq!(
        text,
        "the state `total` was kept by `sum`, and its stage is now `max`; keep the stage as it was, or begin with a new directory"
    );
}

#[test]
fn state_without_a_stage_is_refused() {
    let directory = MemoryStorage::new();
    run!(directory, [1u64, 2, 3], |numbers, out| numbers -> sum() as total -> map(|n| n.to_string()) -> out)
        .expect("a run");
    let text =
        refused(run!(directory, [1u64], |numbers, out| numbers -> sum() as sums -> map(|n| n.to_string()) -> out));
    assert!(text.starts_with("the checkpoint holds the state `total`, which this pipeline does not have"), "{text}");
}

#[test]
fn another_key_is_refused() {
    let directory = MemoryStorage::new();
    run!(directory, [1u64, 2], |numbers, out| numbers -> key_by(|n| *n) -> count() as counts -> map(|r| r.value.to_string()) -> out)
        .expect("a run");
    let text = refused(run!(directory, [1u64], |numbers, out| numbers -> key_by(|n| *n as u32) -> count() as counts
        -> map(|r| r.value.to_string()) -> out));
    assert!(text.contains("the key was `u64` and is now `u32`"), "{text}");
}

#[test]
fn other_windows_are_refused() {
    let directory = MemoryStorage::new();
    macro_rules! windows {
        ($seconds:literal) => {
            run!(directory, [1u64, 2, 30], |numbers, out| numbers -> timestamp(|n| Timestamp::from_secs(*n as i64))
                -> window(tumbling(Duration::from_secs($seconds))) -> count() as counts -> map(|row| row.value.to_string()) -> out)
        };
    }
    windows!(10).expect("a run");
    let text = refused(windows!(20));
    assert!(text.starts_with("the state `counts` was kept by `count in windows of 10s`"), "{text}");
    windows!(10).expect("the same windows go on");
}

mod before {
    #[derive(Clone, Default, streamflow::State)]
    pub struct Totals {
        pub orders: u32,
        pub cents: u64,
    }
}

/// Its fields have changed places, one is wider, one is new.
#[derive(Clone, Default, State)]
struct Totals {
    cents: u64,
    #[state(default)]
    largest: u64,
    orders: u64,
}

/// A field is narrower.
#[derive(Clone, Default, State)]
struct Narrower {
    orders: u16,
    cents: u64,
}

#[test]
fn a_state_type_may_change_as_its_fields_allow() {
    let directory = MemoryStorage::new();
    run!(directory, [5u64, 7], |numbers, out| numbers
        -> fold(before::Totals::default(), |totals, n| { totals.orders += 1; totals.cents += n }) as totals
        -> map(|totals| format!("{} {}", totals.orders, totals.cents)) -> out)
    .expect("a run");
    let text = refused(run!(directory, [1u64], |numbers, out| numbers
        -> fold(Narrower::default(), |totals, n| { totals.orders += 1; totals.cents += n }) as totals
        -> map(|totals| format!("{} {}", totals.orders, totals.cents)) -> out));
    assert!(text.contains("`orders`: was `u32` and is now `u16`"), "{text}");
    let rows = run!(directory, [5u64, 7, 8], |numbers, out| numbers
        -> fold(Totals::default(), |totals, n| { totals.orders += 1; totals.cents += n; totals.largest = totals.largest.max(n) }) as totals
        -> map(|totals| format!("{} {} {}", totals.orders, totals.cents, totals.largest)) -> out);
    assert_eq!(rows.expect("it goes on"), ["3 20 8"]);
}

#[test]
fn sources_that_have_changed_places_are_refused() {
    let files = tempfile::tempdir().expect("a directory");
    let path = |name: &str| files.path().join(name);
    for (name, text) in [("a", "1\n2\n"), ("b", "3\n"), ("c", "4\n")] {
        std::fs::write(path(name), text).expect("written");
    }
    let directory = MemoryStorage::new();
    macro_rules! count {
        ($($name:literal as $stream:ident),+) => {{
            let counts = sink::collect::<u64>();
            let out = counts.clone();
            let job = stream! {
                $(let $stream = file::lines(path($name));)+
                merge($($stream),+) -> count() as lines -> out;
            };
            job.checkpoint(Checkpoint::new(directory.clone())).run().map(|_| counts.take().pop().unwrap_or_default())
        }};
    }
    assert_eq!(count!("a" as first, "b" as second).expect("a first run"), 3);
    // both have been read to their end, so each would be read once more from the start
    let error = count!("b" as first, "a" as second).expect_err("they have changed places").to_string();
    let (a, b) = (path("a"), path("b"));
    let place = format!("`{}` was source 1 of the pipeline and is now source 2; put the sources", a.display());
    assert!(error.starts_with(&place), "{error}");
    // one that is put before them moves both
    let error = count!("c" as first, "a" as second, "b" as third).expect_err("they have moved").to_string();
    assert!(error.starts_with(&place), "{error}");
    let error = count!("b" as first, "c" as second).expect_err("it has moved").to_string();
    assert!(
        error.starts_with(&format!("`{}` was source 2 of the pipeline and is now source 1", b.display())),
        "{error}"
    );
    // one behind them moves none; one that is read no more is forgotten when another one has its number
    assert_eq!(count!("a" as first, "b" as second, "c" as third).expect("a second run"), 4);
    assert_eq!(count!("a" as first, "a" as second, "c" as third).expect("a third run"), 6);
    assert_eq!(count!("a" as first, "a" as second, "b" as third).expect("a fourth run"), 7);
    // of two that are alike either may go
    assert_eq!(count!("a" as first, "c" as second).expect("a fifth run"), 8);
}
