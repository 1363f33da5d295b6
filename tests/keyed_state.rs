//! State of the user's for each key: facts of Spark's suites, time-outs, timers, duplicates, failures.

mod feed;

use feed::until;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use streamflow::testing::{ManualClock, input};
use streamflow::{ErrorKind, Timestamp, sink, source, stream};

type Rows = Vec<Vec<String>>;

/// The rows of each batch, sorted within it.
fn by_batch(rows: &sink::CollectBatches<String>, batches: usize) -> Rows {
    let mut by_batch = vec![vec![]; batches];
    for (epoch, mut rows) in rows.take() {
        rows.sort();
        by_batch[epoch as usize - 1] = rows;
    }
    by_batch
}

fn letters(batches: &[&str]) -> Vec<Vec<char>> {
    batches.iter().map(|batch| batch.chars().collect()).collect()
}

fn rows(batches: &[&str]) -> Rows {
    batches.iter().map(|batch| batch.split_whitespace().map(str::to_owned).collect()).collect()
}

/// `spark-updatestate`
#[test]
fn every_known_key_is_told_with_every_batch() {
    for threads in [1, 2] {
        let out = sink::collect_batches();
        let job = stream! {
            source::batches(letters(&["a", "ab", "abc", "ab", "a", ""]))
                -> key_by(|letter| *letter)
                -> update_state(|_, letters, seen| *seen = Some(letters.len() + seen.unwrap_or(0))) as seen
                -> map(|row| format!("{}{}", row.key, row.value))
                -> out.clone()
        };
        let report = job.threads(threads).run().expect("runs");
        let expected = ["a1", "a2 b1", "a3 b2 c1", "a4 b3 c1", "a5 b3 c1", "a5 b3 c1"];
        assert_eq!(by_batch(&out, 6), rows(&expected));
        assert_eq!((report.state[0].0, report.state[0].1.keys), ("seen", 3));
    }
}

/// `spark-updatestate-lifecycle`
#[test]
fn a_state_that_becomes_none_is_forgotten() {
    for threads in [1, 2] {
        let out = sink::collect_batches();
        let job = stream! {
            source::batches(letters(&["ab", "", "aca", "c", "", ""]))
                -> key_by(|letter| *letter)
                -> update_state(|_, letters, state| {
                    let (counter, silent) = state.unwrap_or((0, 0));
                    let silent = if letters.is_empty() { silent + 1 } else { 0 };
                    *state = (silent < 2).then_some((counter + letters.len(), silent));
                }) as seen
                -> map(|row| format!("{}{}", row.key, row.value.0))
                -> out.clone()
        };
        let report = job.threads(threads).run().expect("runs");
        assert_eq!(by_batch(&out, 6), rows(&["a1 b1", "a1 b1", "a3 c1", "a3 c2", "c2", ""]));
        assert_eq!(report.state[0].1.keys, 0);
    }
}

/// With a fixed interval a batch is formed also where the source gave nothing: all keys are visited.
#[test]
fn an_interval_without_records_visits_all_keys() {
    let clock = ManualClock::at(Duration::from_secs(100));
    let (feed, seen) = (input::<i64>(), Arc::new(Mutex::new(vec![])));
    let told = seen.clone();
    let job = stream! {
        #![batch(every = 1s)]
        feed.clone()
            -> key_by(|n| *n)
            -> update_state(|_, numbers, batches| *batches = Some((batches.map_or(0, |(n, _)| n) + 1, numbers.len())))
            -> map(|row| (row.key, row.value))
            -> sink::for_each(move |row| told.lock().expect("no panic").push(row))
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    let epoch = |wanted| until("the batch", || running.progress().map_or(0, |progress| progress.epoch) >= wanted);
    feed.extend(vec![7, 7]);
    until("the poll", || feed.is_taken());
    for batch in 1..=3 {
        clock.advance(Duration::from_secs(1));
        epoch(batch);
    }
    feed.end();
    running.wait().expect("ended");
    assert_eq!(*seen.lock().expect("no panic"), [(7, (1, 2)), (7, (2, 0)), (7, (3, 0))], "the end is no batch");
}

/// What a window concludes at the end of the input is a batch for the stages behind it, though no source brings anything.
#[test]
fn what_is_concluded_at_the_end_is_a_batch() {
    for (batch_bytes, threads) in [(1 << 20, 1), (8, 1), (8, 2), (16, 2)] {
        let (updated, snapshots) = (sink::collect(), sink::collect());
        let job = stream! {
            let counts = source::vec(vec![1, 2, 3, 11, 12, 21])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count()
                -> key_by(|_| 0u8);
            counts
                -> update_state(|_, counts, sum| *sum = Some(sum.unwrap_or(0) + counts.iter().map(|row| row.value).sum::<u64>()))
                -> map(|row| row.value)
                -> updated.clone();
            counts
                -> state_snapshots(
                    |_, count, sum| sum.update(sum.get().copied().unwrap_or(0) + count.map_or(0, |row| row.value)),
                    timeout = unbounded,
                )
                -> map(|row| row.value)
                -> snapshots.clone();
        };
        job.batch_bytes(batch_bytes).threads(threads).run().expect("runs");
        assert_eq!(updated.take().last(), Some(&6), "{batch_bytes} bytes, {threads} threads");
        assert_eq!(snapshots.take().last(), Some(&6), "{batch_bytes} bytes, {threads} threads");
    }
}

/// `spark-mws-advanced`: what is emitted, and the states behind each batch.
#[test]
fn results_and_snapshots_of_a_state() {
    let input = || letters(&["", "a", "ab", "abc", "ab", "a", ""]);
    for threads in [1, 2] {
        let out = sink::collect_batches();
        let job = stream! {
            source::batches(input())
                -> key_by(|letter| *letter)
                -> map_with_state(
                    |key, letter, sum| {
                        sum.update(sum.get().copied().unwrap_or(0) + letter.map_or(0, |_| 1));
                        Some(format!("{key}{key}"))
                    },
                    timeout = unbounded,
                )
                -> filter_map(|result| result)
                -> out.clone()
        };
        job.threads(threads).run().expect("runs");
        assert_eq!(by_batch(&out, 7), rows(&["", "aa", "aa bb", "aa bb cc", "aa bb", "aa", ""]));
        let job = stream! {
            source::batches(input())
                -> key_by(|letter| *letter)
                -> state_snapshots(|_, _, sum| sum.update(sum.get().copied().unwrap_or(0) + 1), timeout = unbounded)
                -> map(|row| format!("{}{}", row.key, row.value))
                -> out.clone()
        };
        job.threads(threads).run().expect("runs");
        let expected = ["", "a1", "a2 b1", "a3 b2 c1", "a4 b3 c1", "a5 b3 c1", "a5 b3 c1"];
        assert_eq!(by_batch(&out, 7), rows(&expected));
    }
}

/// `spark-mws-initial`
#[test]
fn states_to_begin_with() {
    for threads in [1, 2] {
        let out = sink::collect_batches();
        let job = stream! {
            source::batches(letters(&["", "a", "ab", "abc", "ab", "a", ""]))
                -> key_by(|letter| letter.to_string())
                -> state_snapshots(
                    |_, _, sum| sum.update(sum.get().copied().unwrap_or(0) + 1),
                    initial = vec![("a", 5), ("b", 10), ("c", -20), ("d", 0)],
                    timeout = unbounded,
                )
                -> map(|row| format!("{}{}", row.key, row.value))
                -> out.clone()
        };
        job.threads(threads).run().expect("runs");
        let expected = [
            "a5 b10 c-20 d0",
            "a6 b10 c-20 d0",
            "a7 b11 c-20 d0",
            "a8 b12 c-19 d0",
            "a9 b13 c-19 d0",
            "a10 b13 c-19 d0",
            "a10 b13 c-19 d0",
        ];
        assert_eq!(by_batch(&out, 7), rows(&expected));
        let job = stream! {
            source::batches(letters(&["", "a"]))
                -> key_by(|letter| letter.to_string())
                -> update_state(
                    |_, letters, sum| *sum = Some(sum.unwrap_or(0) + letters.len()),
                    initial = [("a".to_owned(), 5), ("b".to_owned(), 1)],
                )
                -> map(|row| format!("{}{}", row.key, row.value))
                -> out.clone()
        };
        job.threads(threads).run().expect("runs");
        assert_eq!(by_batch(&out, 2), rows(&["a5 b1", "a6 b1"]));
    }
}

/// `spark-mws-remove`
#[test]
fn a_removed_state_is_gone_for_the_next_record() {
    let input = || letters(&["", "a", "ab", "abc", "abc", "ab", "a", ""]);
    for threads in [1, 2] {
        let (out, states) = (sink::collect_batches(), sink::collect_batches());
        let job = stream! {
            let keyed = source::batches(input()) -> key_by(|letter| *letter);
            keyed
                -> map_with_state(
                    |key, _, state| {
                        if state.exists() {
                            state.remove();
                            return Some(key.to_string());
                        }
                        state.update(1);
                        None
                    },
                    timeout = unbounded,
                )
                -> filter_map(|result| result)
                -> out.clone();
            keyed
                -> state_snapshots(
                    |_, _, state| if state.exists() { state.remove() } else { state.update(1) },
                    timeout = unbounded,
                ) as held
                -> map(|row| format!("{}{}", row.key, row.value))
                -> states.clone()
        };
        let report = job.threads(threads).run().expect("runs");
        assert_eq!(by_batch(&out, 8), rows(&["", "", "a", "b", "a c", "b", "a", ""]));
        assert_eq!(by_batch(&states, 8), rows(&["", "a1", "b1", "a1 c1", "b1", "a1", "", ""]));
        assert_eq!(report.state.iter().map(|(_, size)| size.keys).sum::<usize>(), 0);
    }
}

/// `spark-mws-timeout`: a batch a second, a timeout of three.
#[test]
fn keys_without_records_time_out_once() {
    let mut input = vec!["abc", "ab", "a", "", ""];
    input.extend(["a"; 15]);
    for threads in [1, 2] {
        let clock = ManualClock::at(Duration::from_secs(1_000));
        let (mapped, states) = (Mutex::new(vec![]), Mutex::new(vec![]));
        let tick = clock.clone();
        let job = stream! {
            let keyed = source::batches(letters(&input)) -> key_by(|letter| *letter);
            keyed
                -> map_with_state(
                    |key, letter, state| {
                        if letter.is_some() {
                            state.update(1);
                        }
                        state.is_timing_out().then_some(*key)
                    },
                    timeout = 3s,
                )
                -> filter_map(|result| result)
                -> sink::for_each_batch(|batch, keys| mapped.lock().expect("no panic").push((batch.epoch, keys)));
            keyed
                -> state_snapshots(|_, letter, state| if letter.is_some() { state.update(1) }, timeout = 3s)
                -> map(|row| row.key)
                -> sink::for_each_batch(|_, mut keys| {
                    keys.sort();
                    states.lock().expect("no panic").push(String::from_iter(keys));
                    tick.advance(Duration::from_secs(1));
                })
        };
        job.threads(threads).clock(clock).run().expect("runs");
        let mapped = mapped.into_inner().expect("no panic");
        let mapped: Vec<(u64, Vec<char>)> = mapped.into_iter().filter(|(_, keys)| !keys.is_empty()).collect();
        // c was seen last in batch 1, b in batch 2: strictly more than three seconds later
        assert_eq!(mapped, [(5, vec!['c']), (6, vec!['b'])]);
        let states: Vec<String> =
            states.into_inner().expect("no panic").into_iter().filter(|keys| !keys.is_empty()).collect();
        assert_eq!(states[..6], ["abc", "abc", "abc", "abc", "ab", "a"]);
        assert!(states[6..].iter().all(|keys| keys == "a"), "a goes on to get records");
    }
}

/// Nothing has to come for a key to time out: the clock is enough.
#[test]
fn a_silent_stream_times_its_keys_out() {
    let clock = ManualClock::at(Duration::from_secs(100));
    let (feed, log) = (input::<i64>(), feed::Log::default());
    let job = stream! {
        feed.clone()
            -> key_by(|n| *n)
            -> map_with_state(
                |key, number, state| {
                    if number.is_some() {
                        state.update(1u64);
                    }
                    if state.is_timing_out() { -key } else { *key }
                },
                timeout = 10s,
            )
            -> log.clone()
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.extend(vec![7]);
    until("the record", || feed::records(&running) == 1);
    clock.advance(Duration::from_secs(10));
    feed.extend(vec![8]);
    until("the next record", || feed::records(&running) == 2);
    clock.advance(Duration::from_micros(1));
    let mut told = String::new();
    until("the time-out", || {
        told += &log.take().concat();
        told.contains("-7")
    });
    assert!(!told.contains("-8"), "{told}");
    feed.end();
    running.wait().expect("ended");
    assert!(!log.take().concat().contains("-8"), "the end of the input is no time-out");
}

/// To change a state that is removed or times out is a mistake that must not pass in silence.
#[test]
fn a_dead_state_cannot_be_changed() {
    for threads in [1, 2] {
        let job = stream! {
            source::batches(vec![vec![1, 2], vec![3, 4]])
                -> key_by(|n| n % 2)
                -> map_with_state(
                    |_, number, state| {
                        state.update(0);
                        if number == Some(4) {
                            state.remove();
                            state.update(1);
                        }
                    },
                    timeout = unbounded,
                ) as held
                -> sink::discard()
        };
        let error = job.threads(threads).run().expect_err("a dead state");
        assert_eq!(error.kind(), ErrorKind::Panic);
        let expected = "stage `map_with_state as held` panicked: cannot update a state: it has been removed in this call, at record 4 of `memory`";
        assert_eq!(error.to_string(), expected);
    }
}

/// Records borrow from the batch, keys too; no closure needs a type.
#[test]
fn records_borrow_from_the_batch() {
    let lines = || vec!["ann /home", "bob /cart", "ann /a/page/with/a/long/path", "ann /home"];
    for threads in [1, 2] {
        let (mut moves, mut pages) = (vec![], vec![]);
        let job = stream! {
            let visits = source::vec(lines()) -> filter_map(|line| line.split_once(' ')) -> key_by(|visit| (visit.0, visit.0.len()));
            visits
                -> map_with_state(
                    |key, visit, last| {
                        let page = visit?.1;
                        let row = last.get().map(|last: &String| format!("{} {}: {last} -> {page}", key.0, key.1));
                        last.update(page.to_owned());
                        row
                    },
                    timeout = 1h,
                )
                -> filter_map(|row| row)
                -> &mut moves;
            visits
                -> update_state(|key, visits, pages| {
                    assert!(key.0 == "ann" || key.0 == "bob");
                    let pages = pages.get_or_insert_with(Vec::new);
                    pages.extend(visits.into_iter().map(|visit| visit.1.to_owned()));
                })
                -> map(|row| (row.key.0.to_owned(), row.value.len()))
                -> &mut pages
        };
        job.threads(threads).run().expect("runs");
        let long = "/a/page/with/a/long/path";
        assert_eq!(moves, [format!("ann 3: /home -> {long}"), format!("ann 3: {long} -> /home")]);
        pages.sort();
        assert_eq!(pages, [("ann".to_owned(), 3), ("bob".to_owned(), 1)]);
    }
}
