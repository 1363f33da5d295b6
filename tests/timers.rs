//! Timers of `process`, and duplicates that are forgotten by event time.

mod feed;

use feed::{Log, until};
use std::time::Duration;
use streamflow::testing::{ManualClock, input};
use streamflow::{ErrorKind, Report, Timestamp, sink, source, stream};

fn keys(report: &Report, label: &str) -> usize {
    report.state.iter().find(|(of, _)| *of == label).expect("the label").1.keys
}

type Event = (&'static str, i64);

/// Runs the steps as batches and then one more record that does not come to `dedup`: it leaves the state of the last step.
/// Gives what passed in each batch, the keys that are held, and the late records.
fn deduplicated(steps: &[Vec<Event>], disorder: Duration, within: Duration) -> (Vec<Vec<Event>>, usize, u64) {
    let latest = steps.iter().flatten().map(|event| event.1).max().expect("a record");
    let mut batches = steps.to_vec();
    batches.push(vec![("", latest)]);
    let out = sink::collect_batches();
    let job = stream! {
        source::batches(batches)
            -> timestamp(|event| Timestamp::from_secs(event.1), disorder = disorder)
            -> filter(|event| !event.0.is_empty())
            -> dedup(|event| event.0, within = within) as seen
            -> out.clone()
    };
    let report = job.threads(2).run().expect("runs");
    let mut rows = vec![vec![]; steps.len()];
    out.take()
        .into_iter()
        .filter(|(_, rows)| !rows.is_empty())
        .for_each(|(epoch, batch)| rows[epoch as usize - 1] = batch);
    let late = report.late.first().map_or(0, |late| late.1);
    (rows, keys(&report, "seen"), late)
}

/// `ss-dedup-within`
#[test]
fn a_key_is_new_again_when_the_watermark_has_left_it_behind() {
    let steps = [
        vec![("a", 17)],
        vec![("a", 16)],
        vec![("a", 13)],
        vec![("b", 22), ("c", 21)],
        vec![("a", 21)],
        vec![("d", 25)],
    ];
    let passed = [vec![("a", 17)], vec![], vec![], vec![("b", 22), ("c", 21)], vec![("a", 21)], vec![("d", 25)]];
    let (keys, late) = ([1, 1, 1, 2, 3, 2], [0, 0, 1, 1, 1, 1]);
    for step in 1..=steps.len() {
        let delay = Duration::from_secs(2);
        let found = deduplicated(&steps[..step], delay, delay);
        assert_eq!(found, (passed[..step].to_vec(), keys[step - 1], late[step - 1]), "step {step}");
    }
}

/// `ss-dedup-within-all`: the time is the key.
#[test]
fn a_time_as_the_key() {
    const NAMES: [&str; 60] = {
        let text = "----------------------------------------------------------------";
        let mut names = [text; 60];
        let mut index = 0;
        while index < 60 {
            names[index] = text.split_at(index).0;
            index += 1;
        }
        names
    };
    let of = |times: &[i64]| times.iter().map(|time| (NAMES[*time as usize], *time)).collect::<Vec<Event>>();
    let five: Vec<i64> = (0..5).flat_map(|_| 10..=15).collect();
    let steps = [of(&five), of(&[13, 14, 15, 16, 17]), of(&[5]), of(&[35]), of(&[55])];
    let passed = [of(&[10, 11, 12, 13, 14, 15]), of(&[16, 17]), vec![], of(&[35]), of(&[55])];
    let (keys, late) = ([6, 8, 8, 3, 1], [0, 0, 1, 1, 1]);
    for step in 1..=steps.len() {
        let delay = Duration::from_secs(10);
        let found = deduplicated(&steps[..step], delay, delay);
        assert_eq!(found, (passed[..step].to_vec(), keys[step - 1], late[step - 1]), "step {step}");
    }
}

/// `ss-dedup-agg-append`: what passes goes into windows with its time.
#[test]
fn windows_behind_dedup() {
    let steps = vec![(0..5).flat_map(|_| 10..=15).collect(), vec![25], vec![10], vec![40], vec![]];
    let out = sink::collect_batches();
    let job = stream! {
        source::batches(steps)
            -> timestamp(|second| Timestamp::from_secs(*second), disorder = 10s)
            -> dedup(|second| *second, within = 10s)
            -> window(tumbling(5s))
            -> count()
            -> map(|window| (window.start.as_secs(), window.value))
            -> out.clone()
    };
    job.run().expect("runs");
    let mut rows = vec![vec![]; 5];
    out.take().into_iter().for_each(|(epoch, batch)| rows[epoch as usize - 1] = batch);
    assert_eq!(rows, [vec![], vec![(10, 5)], vec![], vec![(15, 1), (25, 1)], vec![(40, 1)]]);
}

/// What is a duplicate does not depend on the cut.
#[test]
fn the_cut_does_not_show() {
    let events: Vec<(u64, i64)> = (0..600).map(|n| (n * 7 % 13, (n as i64) / 3 + (n as i64 * 5) % 11)).collect();
    let run = |chunk_bytes, batch_bytes, threads| {
        let mut rows = vec![];
        let job = stream! {
            source::vec(events.clone())
                -> timestamp(|event| Timestamp::from_secs(event.1), disorder = 5s)
                -> dedup(|event| event.0, within = 20s) as seen
                -> &mut rows
        };
        let report = job.chunk_bytes(chunk_bytes).batch_bytes(batch_bytes).threads(threads).run().expect("runs");
        (report.late.clone(), rows)
    };
    let expected = run(1 << 20, 1 << 20, 1);
    assert!(expected.0[0].1 > 0 && expected.1.len() > 26, "{expected:?}");
    for (chunk_bytes, batch_bytes) in [(16, 16), (16, 1 << 20), (320, 1_000), (1_600, 1_600)] {
        for threads in [1, 2] {
            assert_eq!(run(chunk_bytes, batch_bytes, threads), expected, "{chunk_bytes} {batch_bytes} {threads}");
        }
    }
}

/// Timers of a key fire in order of time when the watermark comes, and their results carry their time.
#[test]
fn results_of_timers_go_into_windows_at_their_time() {
    for threads in [1, 2] {
        let mut rows = vec![];
        let job = stream! {
            source::batches(vec![vec![(1, 1), (2, 4)], vec![(1, 30)], vec![(2, 41)]])
                -> timestamp(|event| Timestamp::from_secs(event.1))
                -> key_by(|event| event.0)
                -> process(
                    0,
                    |ctx, event| {
                        *ctx.state += 1;
                        for after in [20, 10] {
                            ctx.set_timer(Timestamp::from_secs(event.1 + after));
                        }
                    },
                    on_timer = |ctx, _| ctx.emit(*ctx.state),
                    timeout = unbounded,
                ) as timers
                -> window(tumbling(10s))
                -> fold(Vec::new(), |counts, count| counts.push(count))
                -> map(|mut row| {
                    row.value.sort();
                    (row.start.as_secs(), row.value)
                })
                -> &mut rows
        };
        let report = job.threads(threads).run().expect("runs");
        let expected = [(10, vec![1, 2]), (20, vec![1, 2]), (40, vec![2]), (50, vec![2, 2]), (60, vec![2])];
        assert_eq!((rows, report.late), (expected.to_vec(), vec![]));
    }
}

/// A timer that sets the next one goes on with event time; the end of the input stops it.
#[test]
fn a_timer_may_set_the_next_one() {
    // how the input is cut does not show
    for batches in [vec![vec![5, 38]], vec![vec![5], vec![38]], vec![vec![5], vec![], vec![38], vec![]]] {
        let mut rows = vec![];
        let job = stream! {
            source::batches(batches)
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> key_by(|_| ())
                -> process(
                    false,
                    |ctx, _| {
                        if !std::mem::replace(ctx.state, true) {
                            ctx.set_timer(Timestamp::from_secs(10));
                        }
                    },
                    on_timer = |ctx, at| {
                        ctx.emit(at.as_secs());
                        ctx.set_timer(at + Duration::from_secs(10));
                    },
                    timeout = unbounded,
                )
                -> &mut rows
        };
        job.run().expect("runs");
        assert_eq!(rows, [10, 20, 30, 40], "40 is the first one behind all records");
    }
}

/// The end of a source is concluded once, however many batches other sources still make.
#[test]
fn a_source_that_has_ended_does_not_end_again() {
    for (batch_bytes, threads) in [(1 << 20, 1), (8, 1), (8, 2)] {
        let (rows, numbers) = (sink::collect(), sink::collect());
        let job = stream! {
            source::vec(vec![5])
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> key_by(|_| ())
                -> process(
                    (),
                    |ctx, _| ctx.set_timer(Timestamp::from_secs(15)),
                    on_timer = |ctx, at| {
                        ctx.emit(at.as_secs());
                        ctx.set_timer(at + Duration::from_secs(10));
                    },
                    timeout = unbounded,
                )
                -> rows.clone();
            source::vec((0..30).collect::<Vec<i64>>()) -> numbers.clone();
        };
        job.batch_bytes(batch_bytes).threads(threads).run().expect("runs");
        assert_eq!((rows.take(), numbers.take().len()), (vec![15], 30), "{batch_bytes} bytes, {threads} threads");
    }
}

/// `kafka-suppress-timelimit`: a key is told at most every two milliseconds, with what is the latest then.
#[test]
fn a_limited_rate() {
    let changes = vec![
        vec![("v1", 1, 0), ("v1", 0, 1), ("v2", 1, 1), ("v1", 1, 2)],
        vec![("tick", 1, 3)],
        vec![("tick", 0, 4), ("tock", 1, 4)],
        vec![],
    ];
    let out = sink::collect_batches();
    let job = stream! {
        source::batches(changes)
            -> timestamp(|change| Timestamp::from_millis(change.2))
            -> key_by(|change| change.0)
            -> process(
                None,
                |ctx, change| {
                    if ctx.state.replace((change.1, change.2)).is_none() {
                        ctx.set_timer(Timestamp::from_millis(change.2 + 2));
                    }
                },
                on_timer = |ctx, _| {
                    if let Some((count, at)) = ctx.state.take() {
                        ctx.emit((ctx.key().to_owned(), count, at));
                    }
                },
                timeout = unbounded,
            )
            -> out.clone()
    };
    job.run().expect("runs");
    let mut rows = vec![vec![]; 4];
    out.take().into_iter().for_each(|(epoch, batch)| rows[epoch as usize - 1] = batch);
    let told = |key: &str, count, at| vec![(key.to_owned(), count, at)];
    assert_eq!(rows[..3], [told("v1", 1, 2), told("v2", 1, 1), vec![]]);
    assert_eq!(rows[3].len(), 2, "the end of the input tells the rest");
}

/// Timers on the batch clock need no timestamps; the engine wakes up for them.
#[test]
fn timers_on_the_batch_clock() {
    let clock = ManualClock::at(Duration::from_secs(100));
    let (feed, log) = (input::<i64>(), Log::default());
    let job = stream! {
        feed.clone()
            -> key_by(|_| ())
            -> process(
                (),
                |ctx, _| {
                    assert_eq!((ctx.time(), ctx.watermark()), (None, None));
                    ctx.set_clock_timer(ctx.now() + Duration::from_secs(2));
                    ctx.set_clock_timer(ctx.now() + Duration::from_secs(9));
                },
                on_timer = |ctx, at| ctx.emit(at.as_secs() * 1_000 + ctx.now().as_secs()),
                timeout = 1h,
            ) as timers
            -> log.clone()
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.extend(vec![1]);
    until("the record", || feed::records(&running) == 1);
    clock.advance(Duration::from_secs(1));
    feed.extend(vec![1]);
    until("the next record", || feed::records(&running) == 2);
    clock.advance(Duration::from_secs(1));
    let mut told = String::new();
    let mut tells = |row: &str| {
        until("the timer", || {
            told += &log.take().concat();
            told.contains(row)
        });
    };
    tells("102102");
    clock.advance(Duration::from_secs(5));
    tells("103107");
    feed.end();
    let report = running.wait().expect("ended");
    let rest = log.take().concat();
    assert!(!rest.contains("109") && !rest.contains("110"), "the end fires none: {rest}");
    assert_eq!(keys(&report, "timers"), 1);
}

#[test]
fn a_timer_in_event_time_needs_timestamps() {
    let job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| *n)
            -> process((), |ctx, _| ctx.set_timer(Timestamp::from_secs(1)), on_timer = |ctx, _| ctx.emit(1), timeout = unbounded)
            -> sink::discard()
    };
    let error = job.threads(1).run().expect_err("no timestamps");
    assert_eq!(error.kind(), ErrorKind::Panic);
    let text = error.to_string();
    assert!(
        text.starts_with("stage `process` panicked: a timer in event time needs a stream with timestamps"),
        "{text}"
    );
    assert!(text.ends_with("at record 1 of `memory 0`"), "{text}");
}

/// A timer is no record: its panic has the stage.
#[test]
fn a_panic_of_a_timer() {
    for threads in [1, 2] {
        let job = stream! {
            source::vec(vec![1, 1])
                -> timestamp(|n| Timestamp::from_secs(*n))
                -> key_by(|n| *n)
                -> process(
                    0,
                    |ctx, n| ctx.set_timer(Timestamp::from_secs(n)),
                    on_timer = |ctx, _| {
                        assert!(*ctx.state > 0, "no state");
                        ctx.emit(());
                    },
                    timeout = 1min,
                ) as timers
                -> sink::discard()
        };
        let error = job.threads(threads).run().expect_err("a panic");
        assert_eq!(
            error.to_string(),
            "stage `process as timers` panicked: no state, at key 1; it was called for a key, not for one record, so none can be left out: make it pass over what it cannot take"
        );
    }
}
