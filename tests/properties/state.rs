//! State of the user's own for each key, and duplicates for a time.

use crate::data::{Record, records};
use crate::model::{dedup, flat_map, items, map, read, suppress, timestamp};
use crate::{cases, in_order, rows, updates};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;
use streamflow::Timestamp;

type Input = Vec<Vec<Record>>;

proptest! {
    #![proptest_config(cases())]

    /// Each record sees the state that the one before it has left.
    #[test]
    fn states_in_order(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut states: BTreeMap<(u8, u8), i64> = BTreeMap::new();
            let step = |r: Record| {
                let state = states.entry((r.partition, r.key)).or_default();
                *state = *state * 3 % 1_000 + r.value;
                ((r.partition, r.key), *state)
            };
            input.concat().into_iter().map(step).collect()
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> map_with_state(
                    |key, r, state| {
                        let value = r.map_or(0, |r| r.value);
                        let next = state.get().copied().unwrap_or(0) * 3 % 1_000 + value;
                        state.update(next);
                        (*key, next)
                    },
                    timeout = unbounded,
                )
                -> out);
    }

    /// A state that comes and goes.
    #[test]
    fn states_that_are_removed(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut states: BTreeMap<(u8, u8), i64> = BTreeMap::new();
            let mut rows = vec![];
            for r in input.concat() {
                let key = (r.partition, r.key);
                match states.remove(&key) {
                    Some(state) => rows.push((key, state - r.value)),
                    None => {
                        states.insert(key, r.value);
                    }
                }
            }
            rows
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> map_with_state(
                    |key, r, state| {
                        let value = r.map_or(0, |r| r.value);
                        let before = state.get().copied();
                        match before {
                            Some(_) => state.remove(),
                            None => state.update(value),
                        }
                        before.map(|before| (*key, before - value))
                    },
                    timeout = unbounded,
                )
                -> filter_map(|row| row)
                -> out);
    }

    /// How values are grouped into calls follows the batches; what they add up to does not.
    #[test]
    fn updates_of_states(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut states: BTreeMap<u8, i64> = BTreeMap::new();
            input.concat().into_iter().for_each(|r| *states.entry(r.key).or_default() += r.value);
            states.into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| r.key)
                -> update_state(|_, values, sum| {
                    *sum = Some(sum.unwrap_or(0) + values.iter().map(|r| r.value).sum::<i64>());
                })
                -> map(|row| (row.key, row.value))
                -> out);
    }

    #[test]
    fn many_values_of_a_key(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let parts = flat_map(read(input), |r| (0..r.value.rem_euclid(3)).map(move |n| (r.key, r.value + n)));
            let mut sums: BTreeMap<u8, i64> = BTreeMap::new();
            items(map(parts, |row| row)).into_iter().for_each(|row| *sums.entry(row.0).or_default() += row.1);
            sums.into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| r.key)
                -> flat_map_values(|r| (0..r.value.rem_euclid(3)).map(move |n| r.value + n))
                -> sum()
                -> map(|row| (row.key, row.value))
                -> out);
    }

    #[test]
    fn duplicates_for_a_time(records in records(), seed in any::<u64>(), within in 1i64..40, disorder in 0i64..25) {
        // one partition: over several it is open which record is the first
        let records = vec![records.concat()];
        let model = |input: &Input| {
            let timed = timestamp(read(input), |r| r.time, disorder);
            dedup(timed, |r| (r.partition, r.key), within).into_iter().map(|r| (r.partition, r.key, r.time)).collect()
        };
        rows!(records, seed, model, |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = Duration::from_secs(disorder as u64))
                -> dedup(|r| (r.partition, r.key), within = Duration::from_secs(within as u64))
                -> map(|r| (r.partition, r.key, r.time))
                -> out);
    }

    #[test]
    fn the_last_record_of_a_time(records in records(), seed in any::<u64>(), time in 0i64..40, disorder in 0i64..25) {
        let model = |input: &Input| suppress(timestamp(read(input), |r| r.time, disorder), |r| (r.partition, r.key), time);
        in_order!(records, seed, model, |r| (r.partition, r.key), |input, out|
            input
                -> timestamp(|r| Timestamp::from_secs(r.time), disorder = Duration::from_secs(disorder as u64))
                -> key_by(|r| (r.partition, r.key))
                -> suppress(Duration::from_secs(time as u64))
                -> out);
    }

    #[test]
    fn many_values_of_a_key_in_order(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut lists: BTreeMap<(u8, u8), Vec<i64>> = BTreeMap::new();
            for (key, value) in items(flat_map(read(input), |r| [((r.partition, r.key), r.value), ((r.partition, r.key), -r.time)])) {
                lists.entry(key).or_default().push(value);
            }
            lists.into_iter().collect()
        };
        updates!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> flat_map_values(|r| [r.value, -r.time])
                -> collect()
                -> map(|row| (row.key, row.value))
                -> out);
    }

    /// A state, any number of results, and keys that are forgotten.
    #[test]
    fn processes_without_timers(records in records(), seed in any::<u64>()) {
        let model = |input: &Input| {
            let mut sums: BTreeMap<(u8, u8), i64> = BTreeMap::new();
            let mut rows = vec![];
            for r in input.concat() {
                let key = (r.partition, r.key);
                let sum = sums.entry(key).or_insert(100);
                *sum += r.value;
                rows.extend((0..r.value.rem_euclid(3)).map(|n| (key, *sum + n)));
                if r.value % 5 == 0 {
                    sums.remove(&key);
                }
            }
            rows
        };
        in_order!(records, seed, model, |row| row.0, |input, out|
            input
                -> key_by(|r| (r.partition, r.key))
                -> process(
                    100i64,
                    |ctx, r| {
                        *ctx.state += r.value;
                        for n in 0..r.value.rem_euclid(3) {
                            let row = (ctx.key(), *ctx.state + n);
                            ctx.emit(row);
                        }
                        if r.value % 5 == 0 {
                            ctx.forget();
                        }
                    },
                    on_timer = |_, _| {},
                    timeout = unbounded,
                )
                -> out);
    }
}
