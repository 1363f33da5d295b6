//! Slots driven batch by batch without a pipeline, also through batches that fail and are taken back.

use super::run::HeldRun;
use super::update::UpdateRun;
use super::{HeldSlot, KeyState};
use crate::flow::Flow;
use crate::job::turn::{ChunkInfo, Failure, Polled, Task, Turn};
use crate::state::SlotApi;
use crate::window::EventStamp;
use crate::{BatchInfo, Context, Timestamp};
use std::time::{Duration, SystemTime};

/// One batch at a second of the batch clock.
fn batch<R>(second: u64, threads: usize, run: impl FnOnce(&Turn<'_>) -> R) -> R {
    let executor = crate::job::executor::Executor::new(threads).expect("threads");
    let turn = Turn {
        task: Task::Run,
        stages: &[],
        panicked: None,
        batch: BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH + Duration::from_secs(second) },
        last: false,
        input_ended: false,
        seed: 7,
        chunk_bytes: 1 << 16,
        executor: &executor,
        signal: &crate::source::Signal::default(),
        skew: None,
        polled: Polled::default(),
        saves: None,
        durable: None,
        outputs: &[],
        seek: &[],
        received: None,
        done: Default::default(),
    };
    run(&turn)
}

fn chunk() -> ChunkInfo {
    ChunkInfo { source: 0, partition: 0, first: 0, watermark: i64::MIN }
}

fn seconds(seconds: i64) -> i64 {
    seconds * 1_000_000
}

/// Ends a batch as the job would.
fn end(slot: &mut impl SlotApi, done: Result<Vec<String>, Failure>) -> Option<Vec<String>> {
    match done {
        Ok(mut rows) => {
            slot.commit();
            rows.sort();
            Some(rows)
        }
        Err(_) => {
            slot.rollback();
            None
        }
    }
}

/// Sums numbers by their last digit; a number above 1000 panics behind a change of the state, and of 0 the state is removed.
macro_rules! summing {
    ($slot:expr, $second:expr, $threads:expr, $timeout:expr, $records:expr) => {
        batch($second, $threads, |turn| {
            let flow = Flow::<u64, crate::Keyed<u64>>::NEW;
            let function = |key: &u64, number: Option<u64>, state: &mut KeyState<u64>| {
                let sum = state.get().copied().unwrap_or(0);
                let Some(number) = number else { return format!("{key} ends with {sum}") };
                if number >= 10 {
                    state.update(sum + number);
                } else {
                    state.remove();
                }
                assert!(number < 1_000, "too large");
                format!("{key}: {}", sum + number)
            };
            let (stage, _) = flow.map_with_state(function);
            let (stage, ()) = crate::flow::proof::state(stage, ());
            let stage = stage.timeout(&$timeout);
            let mut run: HeldRun<'_, u64, u64, (), _> = HeldRun::new(&mut $slot, &stage, turn, 0);
            let mut bucket = run.buckets().bucket();
            for number in $records {
                bucket.feed(&stage, number, number % 10, (), 0);
            }
            let mut rows = vec![];
            let done = run.absorb(turn, chunk(), bucket).and_then(|()| run.fold(turn, i64::MIN)).and_then(|()| {
                run.rows(
                    turn,
                    Vec::new,
                    |from, mut leaf| {
                        from.each(|row, ()| leaf.push(row));
                        (leaf, 0)
                    },
                    |_, leaf| {
                        rows.extend(leaf);
                        Ok(())
                    },
                )
            });
            end(&mut $slot, done.map(|()| rows))
        })
    };
}

#[test]
fn a_failed_batch_leaves_no_trace_in_the_states() {
    for threads in [1, 2] {
        let mut slot = HeldSlot::default();
        let rows = summing!(slot, 1, threads, Duration::MAX, [11, 12, 21]);
        assert_eq!(rows.expect("no failure"), ["1: 11", "1: 32", "2: 12"]);
        assert_eq!(summing!(slot, 2, threads, Duration::MAX, [1, 13, 32, 1_001]), None);
        assert_eq!(slot.size().keys, 2);
        let rows = summing!(slot, 3, threads, Duration::MAX, [11, 12, 2, 14]);
        assert_eq!(rows.expect("no failure"), ["1: 43", "2: 24", "2: 26", "4: 14"]);
        assert_eq!(slot.size().keys, 2, "the key 2 was removed, the key 3 never came");
    }
}

/// Spark's rule: a key is kept as long as it is not strictly older than the timeout.
#[test]
fn a_key_times_out_when_it_is_strictly_older_than_the_timeout() {
    let timeout = Duration::from_secs(3);
    for threads in [1, 2] {
        let mut slot = HeldSlot::default();
        summing!(slot, 10, threads, timeout, [11, 12]);
        assert_eq!(slot.wake_at(), Some(seconds(13) + 1));
        summing!(slot, 12, threads, timeout, [12]);
        assert_eq!(summing!(slot, 13, threads, timeout, [0u64; 0]).expect("none"), [""; 0]);
        assert_eq!(summing!(slot, 14, threads, timeout, [1_005]), None);
        assert_eq!(slot.wake_at(), Some(seconds(13) + 1), "the failed batch took nothing away");
        assert_eq!(summing!(slot, 14, threads, timeout, [13]).expect("none"), ["1 ends with 11", "3: 13"]);
        assert_eq!((slot.size().keys, slot.wake_at()), (2, Some(seconds(15) + 1)));
        assert_eq!(
            summing!(slot, 16, threads, timeout, [12]).expect("none"),
            ["2: 36"],
            "data comes before the time-outs"
        );
        assert_eq!(
            summing!(slot, 99, threads, timeout, [0u64; 0]).expect("none"),
            ["2 ends with 36", "3 ends with 13"]
        );
        assert_eq!((slot.size().keys, slot.wake_at()), (0, None));
    }
}

macro_rules! updating {
    ($slot:expr, $records:expr) => {
        batch(1, 2, |turn| {
            let flow = Flow::<u64, crate::Keyed<u64>>::NEW;
            let function = |key: &u64, numbers: Vec<u64>, state: &mut Option<u64>| {
                assert!(!numbers.contains(&1_001), "too large");
                // a key without values loses one, and is forgotten at 0
                let sum = state.unwrap_or(0) + numbers.iter().sum::<u64>();
                *state = if numbers.is_empty() { sum.checked_sub(1).filter(|sum| *sum > 0) } else { Some(sum) };
                assert!(*key < 10);
            };
            let (stage, _) = flow.update_state(function);
            let (stage, ()) = crate::flow::proof::state(stage, ());
            let stage = stage.initial(&[(5u64, 2)]);
            let mut run: UpdateRun<'_, u64, u64, _> = UpdateRun::new(&mut $slot, &stage, turn, 0);
            let mut bucket = run.buckets().bucket();
            for number in $records {
                bucket.feed(&stage, number, number % 10, (), 0);
            }
            let mut rows = vec![];
            let done = run.absorb(turn, chunk(), bucket).and_then(|()| run.fold(turn, i64::MIN)).and_then(|()| {
                run.rows(
                    turn,
                    Vec::new,
                    |from, mut leaf| {
                        from.each(|row, ()| leaf.push(row.to_string()));
                        (leaf, 0)
                    },
                    |_, leaf| {
                        rows.extend(leaf);
                        Ok(())
                    },
                )
            });
            end(&mut $slot, done.map(|()| rows))
        })
    };
}

#[test]
fn every_key_is_visited_in_every_batch_and_a_failed_one_is_taken_back() {
    let mut slot = HeldSlot::default();
    assert_eq!(updating!(slot, [1_001]), None);
    assert_eq!(slot.size().keys, 0, "also what the job began with");
    assert_eq!(updating!(slot, [11, 1, 32]).expect("none"), ["1\t12", "2\t32", "5\t1"]);
    assert_eq!(updating!(slot, [1_001]), None);
    assert_eq!(updating!(slot, [21]).expect("none"), ["1\t33", "2\t31"], "5 was forgotten");
    assert_eq!(slot.size().keys, 2);
    assert_eq!(updating!(slot, [0u64; 0]).expect("none"), ["1\t32", "2\t30"]);
}

/// A record is the second of its time; the key is that modulo 10. Each sets a timer 10 seconds later.
macro_rules! timing {
    ($slot:expr, $second:expr, $watermark:expr, $records:expr) => {
        batch($second, 2, |turn| {
            let flow = Flow::<i64, crate::Keyed<u64>, crate::Timed>::NEW;
            let function = |ctx: &mut Context<'_, u64, u64, String>, second: i64| {
                assert!(second < 1_000, "too large");
                *ctx.state += 1;
                let later = ctx.time().expect("timed") + Duration::from_secs(10);
                (ctx.set_timer(later), ctx.set_timer(later));
                if *ctx.state == 2 {
                    ctx.set_clock_timer(ctx.now() + Duration::from_secs(5));
                }
                if *ctx.state == 9 {
                    ctx.forget();
                }
            };
            let on_timer = |ctx: &mut Context<'_, u64, u64, String>, at: Timestamp| {
                let row = format!("{}x{} at {}", ctx.key(), ctx.state, at.as_secs());
                ctx.emit(row);
            };
            let (stage, _) = flow.process(&0, function, on_timer);
            let (stage, ()) = crate::flow::proof::state(stage, ());
            let stage = stage.timeout(&Duration::from_secs(100));
            let mut run: HeldRun<'_, u64, i64, EventStamp, _> = HeldRun::new(&mut $slot, &stage, turn, 0);
            let mut bucket = run.buckets().bucket();
            for second in $records {
                let stamp = EventStamp { time: seconds(second), watermark: i64::MIN };
                bucket.feed(&stage, second, second as u64 % 10, stamp, 0);
            }
            let mut rows = vec![];
            let done = run.absorb(turn, chunk(), bucket).and_then(|()| run.fold(turn, $watermark)).and_then(|()| {
                run.rows(
                    turn,
                    Vec::new,
                    |from, mut leaf| {
                        from.each(|row, stamp| {
                            assert!(stamp.watermark <= stamp.time, "{row} would be late behind");
                            assert!(stamp.time < i64::MAX, "{row} has no time");
                            leaf.push(row);
                        });
                        (leaf, 0)
                    },
                    |_, leaf| {
                        rows.extend(leaf);
                        Ok(())
                    },
                )
            });
            match done {
                Ok(()) => {
                    $slot.commit();
                    Some(rows)
                }
                Err(_) => {
                    $slot.rollback();
                    None
                }
            }
        })
    };
}

#[test]
fn timers_fire_in_order_of_time_once_and_are_taken_back() {
    let mut slot = HeldSlot::default();
    assert_eq!(timing!(slot, 1, seconds(1), [1, 21, 11]).expect("none"), [""; 0]);
    assert_eq!(timing!(slot, 2, seconds(40), [1_001]), None);
    assert_eq!(timing!(slot, 2, seconds(10), [0i64; 0]).expect("none"), [""; 0]);
    assert_eq!(timing!(slot, 2, seconds(21), [0i64; 0]).expect("none"), ["1x3 at 11", "1x3 at 21"]);
    assert_eq!(slot.wake_at(), Some(seconds(6)), "the timer on the batch clock");
    assert_eq!(timing!(slot, 6, seconds(21), [0i64; 0]).expect("none"), ["1x3 at 6"]);
    assert_eq!(timing!(slot, 7, i64::MAX, [0i64; 0]).expect("none"), ["1x3 at 31"], "the end of the input");
    assert_eq!(slot.wake_at(), Some(seconds(101) + 1), "the timeout");
    timing!(slot, 102, i64::MAX, [0i64; 0]);
    assert_eq!(slot.size().keys, 0, "the key was forgotten");
}

/// The end of what the stage reads, in a job that goes on: it is no moment, so timers on the batch clock keep the time that was reached.
#[test]
fn the_end_is_concluded_once_and_is_no_moment() {
    let (mut slot, none) = (HeldSlot::default(), [0i64; 0]);
    timing!(slot, 1, seconds(1), [1, 11]);
    assert_eq!(timing!(slot, 2, i64::MAX, [1_001]), None);
    assert!(!slot.concluded && !slot.concluded_now, "taken back");
    assert_eq!(timing!(slot, 2, i64::MAX, none).expect("none"), ["1x2 at 11", "1x2 at 21"]);
    assert!(slot.concluded);
    assert_eq!(timing!(slot, 6, i64::MAX, none).expect("none"), ["1x2 at 6"], "a row is checked against its own time");
    assert_eq!(slot.watermark, seconds(1));
    assert_eq!(timing!(slot, 7, i64::MAX, [31]).expect("none"), [""; 0], "its timer is behind the end");
}

#[test]
fn a_key_that_is_forgotten_takes_its_timers_along() {
    let mut slot = HeldSlot::default();
    timing!(slot, 1, seconds(1), [1i64; 8]);
    assert_eq!(slot.size().keys, 1);
    assert_eq!(timing!(slot, 1, seconds(90), [1]).expect("none"), [""; 0]);
    assert_eq!((slot.size().keys, slot.wake_at()), (0, None));
    assert_eq!(timing!(slot, 2, i64::MAX, [91]).expect("none"), ["1x1 at 101"]);
}
