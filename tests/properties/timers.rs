//! Timers in event time. They fire at the end of a batch, so the state that one sees follows the cut into batches. These programs conclude
//! the same for every cut: what a timer gives is said by its own time, or by a state that what came meanwhile has not changed.

use crate::data::{Record, records};
use crate::{cases, in_order, rows};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use streamflow::Timestamp;

type Input = Vec<Vec<Record>>;
type Key = (u8, u8);

fn seconds(seconds: i64) -> Duration {
    Duration::from_secs(seconds as u64)
}

fn at(r: &Record) -> Timestamp {
    Timestamp::from_secs(r.time)
}

fn own_key(r: &Record) -> Key {
    (r.partition, r.key)
}

/// In order of time, so that none is late.
fn sorted() -> impl Strategy<Value = Input> {
    records().prop_map(|mut partitions| {
        partitions.iter_mut().for_each(|records| records.sort_by_key(|r| r.time));
        partitions
    })
}

/// The records of each key in their order.
fn by_key(input: &Input) -> BTreeMap<Key, Vec<Record>> {
    let mut keys: BTreeMap<Key, Vec<Record>> = BTreeMap::new();
    input.concat().into_iter().for_each(|r| keys.entry(own_key(&r)).or_default().push(r));
    keys
}

proptest! {
    #![proptest_config(cases())]

    /// Each record sets one of its own, late ones too: each fires once.
    #[test]
    fn a_timer_for_each_record(records in records(), seed in any::<u64>(), delay in 0i64..40, disorder in 0i64..25) {
        let model = |input: &Input| {
            let of = |(key, records): (Key, Vec<Record>)| {
                // the number keeps apart what would be one timer
                let timer = |(number, r): (i64, Record)| (key, (r.time + delay) * 1_000_000 + number);
                (1..).zip(records).map(timer).collect::<Vec<_>>()
            };
            by_key(input).into_iter().flat_map(of).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> key_by(own_key)
                -> process(
                    0,
                    |ctx, r| {
                        *ctx.state += 1;
                        ctx.set_timer(at(&r) + seconds(delay) + Duration::from_micros(*ctx.state));
                    },
                    on_timer = |ctx, at| {
                        let row = (ctx.key(), at.as_micros());
                        ctx.emit(row);
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// One moment is one timer, whoever sets it; nothing is late, so none is set again that has fired.
    #[test]
    fn timers_of_one_moment(records in sorted(), seed in any::<u64>(), delay in 1i64..40, every in 1i64..9) {
        let moment = |r: &Record| (r.time.div_euclid(every) + 1) * every + delay;
        let model = |input: &Input| {
            let of = |(key, records): (Key, Vec<Record>)| {
                let moments: std::collections::BTreeSet<i64> = records.iter().map(moment).collect();
                moments.into_iter().map(|moment| (key, moment)).collect::<Vec<_>>()
            };
            by_key(input).into_iter().flat_map(of).collect()
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(at)
                -> key_by(own_key)
                -> process(
                    (),
                    |ctx, r| ctx.set_timer(Timestamp::from_secs(moment(&r))),
                    on_timer = |ctx, at| {
                        let row = (ctx.key(), at.as_secs());
                        ctx.emit(row);
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// Sessions by hand. A record that comes behind the end of its session concludes it, where the timer has not done so yet.
    #[test]
    fn silences(records in sorted(), seed in any::<u64>(), gap in 1i64..20) {
        let model = |input: &Input| {
            let of = |(key, records): (Key, Vec<Record>)| {
                let near = |a: &Record, b: &Record| b.time < a.time + gap;
                let sessions = records.chunk_by(near).map(|session| session.iter().map(|r| r.value).collect::<Vec<_>>());
                sessions.map(|session| (key, session)).collect::<Vec<_>>()
            };
            by_key(input).into_iter().flat_map(of).collect()
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(at)
                -> key_by(own_key)
                -> process(
                    (Vec::new(), 0),
                    |ctx, r| {
                        let (seen, end): (Vec<i64>, i64) = std::mem::take(ctx.state);
                        ctx.delete_timer(Timestamp::from_secs(end));
                        let seen = if seen.is_empty() || r.time < end {
                            seen
                        } else {
                            let row = (ctx.key(), seen);
                            ctx.emit(row);
                            vec![]
                        };
                        *ctx.state = ([seen, vec![r.value]].concat(), r.time + gap);
                        ctx.set_timer(Timestamp::from_secs(r.time + gap));
                    },
                    on_timer = |ctx, _| {
                        let row = (ctx.key(), std::mem::take(&mut ctx.state.0));
                        ctx.emit(row);
                        ctx.forget();
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// A timer behind all records, put off by each: it fires at the end, and only the last one.
    #[test]
    fn timers_that_are_put_off(records in records(), seed in any::<u64>(), disorder in 0i64..25) {
        let model = |input: &Input| {
            let of = |(key, records): (Key, Vec<Record>)| {
                let values: Vec<i64> = records.iter().map(|r| r.value).collect();
                (key, records[records.len() - 1].time + 10_000, values)
            };
            by_key(input).into_iter().map(of).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> key_by(own_key)
                -> process(
                    (0, Vec::new()),
                    |ctx, r| {
                        ctx.delete_timer(Timestamp::from_secs(ctx.state.0));
                        ctx.state.0 = r.time + 10_000;
                        ctx.state.1.push(r.value);
                        ctx.set_timer(Timestamp::from_secs(r.time + 10_000));
                    },
                    on_timer = |ctx, at| {
                        let row = (ctx.key(), at.as_secs(), std::mem::take(&mut ctx.state.1));
                        ctx.emit(row);
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// A clock of each key: each timer sets the next one. The end of the input fires those up to the last record of all, and one behind it.
    #[test]
    fn timers_that_set_the_next(records in records(), seed in any::<u64>(), every in 5i64..40, disorder in 0i64..25) {
        let model = |input: &Input| {
            let latest = input.concat().iter().map(|r| r.time).max().unwrap_or(0);
            let of = |(key, records): (Key, Vec<Record>)| {
                let ticks = std::iter::successors(Some(records[0].time + every), |tick| Some(tick + every));
                let up_to_last = ticks.take_while(move |tick| tick - every <= latest);
                // the one that the first record sets fires in any case
                up_to_last.map(move |tick| (key, tick))
            };
            by_key(input).into_iter().flat_map(of).collect()
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> timestamp(at, disorder = seconds(disorder))
                -> key_by(own_key)
                -> process(
                    false,
                    |ctx, r| {
                        if !std::mem::replace(ctx.state, true) {
                            ctx.set_timer(at(&r) + seconds(every));
                        }
                    },
                    on_timer = |ctx, at| {
                        let row = (ctx.key(), at.as_secs());
                        ctx.emit(row);
                        ctx.set_timer(at + seconds(every));
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// What a timer gives has the time of the timer, so windows may stand behind.
    #[test]
    fn windows_of_timers(records in sorted(), seed in any::<u64>(), delay in 1i64..40, size in 1i64..30) {
        let model = |input: &Input| {
            let mut counts: BTreeMap<(i64, u8), u64> = BTreeMap::new();
            for (key, records) in by_key(input) {
                let moments: std::collections::BTreeSet<i64> = records.iter().map(|r| r.time + delay).collect();
                for moment in moments {
                    *counts.entry((moment.div_euclid(size) * size, key.1)).or_default() += 1;
                }
            }
            counts.into_iter().collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(at)
                -> key_by(own_key)
                -> process(
                    (),
                    |ctx, r| ctx.set_timer(at(&r) + seconds(delay)),
                    on_timer = |ctx, _| {
                        let key = ctx.key().1;
                        ctx.emit(key);
                    },
                    timeout = unbounded,
                ) as timers
                -> key_by(|key| *key)
                -> window(tumbling(seconds(size)))
                -> count() as counts
                -> map(|row| ((row.start.as_secs(), row.key), row.value))
                -> out);
    }
}
