//! What a job warns of while it runs: parts of a batch that take much longer than usual, and keys with most of the records.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use streamflow::{Report, Straggler, Warning, sink, source, stream};

/// Whatever blocks in a job waits here until somebody has seen that it does.
struct Gate(Mutex<Receiver<()>>);

impl Gate {
    fn new() -> (Sender<()>, Gate) {
        let (opens, gate) = channel();
        (opens, Gate(Mutex::new(gate)))
    }

    /// The record that is to block does; all others pass.
    fn pass(&self, blocks: bool) {
        if blocks {
            self.0.lock().expect("a gate").recv().expect("somebody opens it");
        }
    }
}

/// Opens the gate when a straggler is told that is the expected one; tells the test of it.
fn opens_when(
    opens: Sender<()>,
    expected: impl Fn(&Straggler) -> bool + Send + 'static,
) -> (impl FnMut(&Warning) + Send + 'static, Receiver<Straggler>) {
    let (tell, told) = channel();
    let listener = move |warning: &Warning| {
        if let Warning::Straggler(straggler) = warning
            && expected(straggler)
        {
            // it is told once, and nobody waits any more at the end
            let _ = (tell.send(straggler.clone()), opens.send(()));
        }
    };
    (listener, told)
}

const LIMIT: Duration = Duration::from_millis(2);
const NUMBERS: u64 = 40_000;

fn of_stage<'r>(report: &'r Report, stage: &str) -> &'r Straggler {
    report.stragglers.iter().find(|straggler| straggler.stage == stage).expect("it is in the report")
}

#[test]
fn a_closure_that_blocks_is_told_with_its_stages_while_it_does() {
    for threads in [1, 2] {
        let (opens, gate) = Gate::new();
        let stages = "map -> filter -> key_by -> count as counts";
        // of 100 numbers; on a busy machine others may be slow too
        let block = "block 201 of 400, from memory 0";
        let (listener, told) = opens_when(opens, move |straggler| straggler.stage == stages && straggler.part == block);
        let line = line!() + 3;
        let job = stream! {
            source::vec((0..NUMBERS).collect())
                -> map(|n| { gate.pass(n == NUMBERS / 2); n })
                -> filter(|n| n % 3 > 0)
                -> key_by(|n| n % 7)
                -> count() as counts
                -> sink::discard()
        };
        let job = job.threads(threads).chunk_bytes(800).slow_after(LIMIT).on_warning(listener);
        let report = job.run().expect("runs");
        let straggler = told.recv().expect("told");
        assert_eq!(straggler.at, format!("{}:{line}", file!()));
        assert!(straggler.running >= LIMIT && straggler.usual.is_some(), "{straggler}");
        assert!(
            straggler.to_string().starts_with(&format!("`{stages}` ({}) has worked for ", straggler.at)),
            "{straggler}"
        );
        assert_eq!(report.records, NUMBERS);
        assert!(of_stage(&report, stages).running >= straggler.running, "{:?}", report.stragglers);
    }
}

#[test]
fn a_function_on_state_that_blocks_is_told_with_its_stage_alone() {
    for threads in [1, 2] {
        let (opens, gate) = Gate::new();
        let (listener, told) = opens_when(opens, move |straggler| {
            // on one thread the records of a block are folded when it is done, while it is in the cache
            straggler.stage == "map_with_state as last" && straggler.part.starts_with("lane ") == (threads == 2)
        });
        let job = stream! {
            source::vec((0..NUMBERS).collect())
                -> key_by(|n| n % 7)
                -> map_with_state(
                    |_key, n: Option<u64>, last| {
                        gate.pass(n == Some(NUMBERS / 2));
                        n.into_iter().for_each(|n| last.update(n));
                        n
                    },
                    timeout = unbounded,
                ) as last
                -> sink::discard()
        };
        let job = job.threads(threads).batch_bytes(8_000).slow_after(LIMIT).on_warning(listener);
        job.run().expect("runs");
        told.recv().expect("told");
    }
}

#[test]
fn a_sink_that_blocks_is_told_by_its_name() {
    let (opens, gate) = Gate::new();
    let (listener, told) = opens_when(opens, |straggler| straggler.stage.starts_with("to "));
    let sink = sink::for_each_batch(move |_, rows: Vec<u64>| gate.pass(rows.contains(&(NUMBERS / 2))));
    let job = stream! { source::vec((0..NUMBERS).collect()) -> map(|n| n) -> sink };
    let job = job.threads(1).batch_bytes(8_000).slow_after(LIMIT).on_warning(listener);
    job.run().expect("runs");
    assert_eq!(told.recv().expect("told").stage, "to a closure for each batch");
}

#[test]
fn the_handle_of_a_job_tells_what_blocks_at_this_moment() {
    let (opens, gate) = Gate::new();
    let job = stream! {
        source::vec((0..NUMBERS).collect()) -> map(|n| { gate.pass(n == NUMBERS - 1); n }) -> sink::discard()
    };
    let running = job.threads(1).chunk_bytes(800).slow_after(LIMIT).start().expect("starts");
    let last = |straggler: &Straggler| straggler.part == "block 400 of 400, from memory 0";
    while !running.stragglers().iter().any(last) {
        std::thread::yield_now();
    }
    opens.send(()).expect("it waits");
    assert_eq!(running.wait().expect("ends").records, NUMBERS);
}

#[test]
fn a_listener_that_panics_ends_neither_the_job_nor_its_watch() {
    let (opens, gate) = Gate::new();
    let job = stream! {
        source::vec((0..NUMBERS).collect()) -> map(|n| { gate.pass(n == NUMBERS / 2); n }) -> sink::discard()
    };
    let listener = move |_: &Warning| {
        let _ = opens.send(());
        panic!("the listener fails");
    };
    let report = job.threads(1).chunk_bytes(800).slow_after(LIMIT).on_warning(listener).run().expect("runs");
    assert_eq!(report.records, NUMBERS);
}

/// What a job finds of keys of which each number has one.
fn hot_keys(key: impl Fn(u64) -> u64 + Sync, threads: usize) -> Vec<(String, f64)> {
    let job = stream! {
        source::iter(0..300_000u64)
            -> key_by(|n| key(*n))
            -> map_with_state(
                |_key, n, last| {
                    n.into_iter().for_each(|n| last.update(n));
                    n
                },
                timeout = unbounded,
            ) as last
            -> sink::discard()
    };
    let (tell, told) = channel();
    let job = job.threads(threads).on_warning(move |warning| {
        if let Warning::HotKey(key) = warning {
            tell.send(key.clone()).expect("the test listens");
        }
    });
    let report = job.run().expect("runs");
    let told: Vec<_> = told.iter().collect();
    let names = |keys: &[streamflow::HotKey]| keys.iter().map(|key| key.key.clone()).collect::<Vec<_>>();
    assert_eq!(names(&told), names(&report.hot_keys), "each is told once, and in the report");
    assert!(report.hot_keys.iter().all(|key| key.stage == "map_with_state as last"), "{told:?}");
    report.hot_keys.into_iter().map(|key| (key.key, key.share)).collect()
}

#[test]
fn a_key_with_half_of_the_records_is_told() {
    let half = |n: u64| if n.is_multiple_of(2) { 4711 } else { n % 1_000 };
    let found = hot_keys(half, 2);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].0 == "4711" && (0.4..0.6).contains(&found[0].1), "{found:?}");
    assert_eq!(hot_keys(half, 1), [], "one thread has no exchange");
}

#[test]
fn even_keys_are_not_told() {
    for keys in [2, 8, 64, 128, 1_000, 100_000] {
        assert_eq!(hot_keys(|n| n % keys, 2), [], "{keys} keys");
    }
}

#[test]
fn a_key_whose_records_are_combined_before_the_exchange_is_not_told() {
    let job = stream! {
        source::iter(0..300_000u64) -> key_by(|n| if n % 2 == 0 { 0 } else { n % 1_000 }) -> count()
            -> sink::discard()
    };
    assert_eq!(job.threads(2).run().expect("runs").hot_keys, []);
}
