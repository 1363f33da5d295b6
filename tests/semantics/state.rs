//! State of the user's own for each key: Spark's `updateStateByKey` and `mapWithState`.

use crate::case::{Case, integer, items, millis, text};
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;
use streamflow::testing::{Driver, ManualClock, input};
use streamflow::{KeyState, sink, stream};

fn words(batch: &Value) -> Vec<String> {
    items(batch).iter().map(|word| text(word).to_owned()).collect()
}

/// Every known key after every batch. `null` is no batch at all there, and one without records here.
pub fn update_state(case: &Case<'_>) {
    let lifecycle = case.id.ends_with("lifecycle");
    let initial: Vec<(String, (i64, i64))> = items(&case.params["initial"])
        .iter()
        .map(|state| (text(&state[0]).to_owned(), (integer(&state[1]), 0)))
        .collect();
    let (fed, rows) = (input::<String>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone()
            -> key_by(|word| word.clone())
            -> update_state(|_, words, state: &mut Option<(i64, i64)>| {
                let (count, silent) = state.unwrap_or((0, 0));
                let now = (count + words.len() as i64, if words.is_empty() { silent + 1 } else { 0 });
                *state = (!lifecycle || now.1 < 2).then_some(now);
            }, initial = initial)
            -> map(|row| json!([row.key, row.value.0]))
            -> rows.clone()
    })
    .expect("opens");
    let found = items(case.input).iter().map(|batch| {
        fed.extend(words(batch));
        driver.batch().expect("runs");
        rows.take()
    });
    case.same(&found.collect::<Vec<_>>());
}

/// The function of a case by what it does: what it returns for a record of a key, and the state.
fn function(case: &Case<'_>) -> fn(&str, Option<i64>, &mut KeyState<i64>) -> Option<String> {
    match text(&case.params["fn"]) {
        "sum as before; emit Some(key+key)" => |key, value, state| {
            state.update(state.get().copied().unwrap_or(0) + value.unwrap_or(0));
            Some(format!("{key}{key}"))
        },
        "state += value; emit None" => |_, value, state| {
            state.update(state.get().copied().unwrap_or(0) + value.unwrap_or(0));
            None
        },
        "if state exists: remove, emit key; else state = value, emit None" => |key, value, state| {
            if state.exists() {
                state.remove();
                return Some(key.to_owned());
            }
            state.update(value.unwrap_or(0));
            None
        },
        "if value defined: state = 1; if timing out: emit key" => |key, value, state| match value {
            Some(_) => {
                state.update(1);
                None
            }
            None => Some(key.to_owned()),
        },
        other => panic!("{}: the runner does not know `{other}`", case.id),
    }
}

/// What the function returns, and all states after each batch.
pub fn map_with_state(case: &Case<'_>) {
    let function = function(case);
    let initial: Vec<(String, i64)> = case.params["initial"]
        .as_array()
        .map(|states| states.iter().map(|state| (text(&state[0]).to_owned(), integer(&state[1]))).collect())
        .unwrap_or_default();
    let timeout = case.number("timeout_ms").map_or(Duration::from_secs(1 << 30), millis);
    let step = |key: &str, value: Option<String>, state: &mut KeyState<i64>| function(key, value.map(|_| 1), state);
    let (fed, mapped, snapshots) = (input::<String>(), sink::collect(), sink::collect());
    let job = stream! {
        let words = fed.clone() -> key_by(|word| word.clone());
        words
            -> map_with_state(|key, word, state| step(key, word, state), timeout = timeout, initial = initial.clone())
            -> filter_map(|result| result)
            -> mapped.clone();
        words
            -> state_snapshots(|key, word, state| step(key, word, state), timeout = timeout, initial = initial.clone())
            -> map(|row| json!([row.key, row.value]))
            -> snapshots.clone();
    };
    let mut driver = Driver::new(job).expect("opens");
    let (mut results, mut states): (Vec<Vec<Value>>, Vec<Vec<Value>>) = (vec![], vec![]);
    for batch in items(case.input) {
        fed.extend(words(batch));
        driver.batch().expect("runs");
        results.push(mapped.take().into_iter().map(Value::String).collect());
        states.push(snapshots.take());
        driver.advance(millis(case.number("batch_ms").unwrap_or(1_000)));
    }
    if case.expected.get("mapped").is_some() {
        case.same_as(&case.expected["mapped"], &results);
        case.same_as(&case.expected["snapshots"], &states);
    } else {
        case.same_rows(&case.expected["all_mapped_sorted"], &results.concat());
        case.same_rows(&case.expected["last_snapshot"], states.last().expect("a batch"));
        let mut sorted: Vec<Vec<String>> =
            states.iter().map(|rows| rows.iter().map(Value::to_string).collect()).collect();
        sorted.iter_mut().for_each(|rows: &mut Vec<String>| rows.sort());
        let some: Vec<String> = items(&case.expected["some_snapshot_equals"]).iter().map(Value::to_string).collect();
        assert!(sorted.contains(&some), "{}: never {some:?}", case.id);
    }
}

/// One batch for one key with a state that was last touched at a known moment. Times in the expected states are seen by when the
/// state times out.
pub fn one_record(case: &Case<'_>) {
    let (initial_time, now) = (case.number("initial_time").expect("a time"), case.number("now").expect("a time"));
    // older than this is silent for too long: a timeout of the difference
    let threshold = case.number("timeout_threshold");
    let timeout = threshold.map_or(Duration::from_secs(1 << 30), |threshold| millis(now - threshold));
    let initial: Vec<(String, i64)> =
        items(&case.input["state"]).iter().map(|state| ("key".to_owned(), integer(state))).collect();
    let (timed_out, removed) = (Mutex::new(vec![]), Mutex::new(vec![]));
    let clock = ManualClock::at(millis(initial_time));
    let (fed, mapped, states) = (input::<String>(), sink::collect(), sink::collect());
    let step = |record: Option<&str>, state: &mut KeyState<i64>| match record {
        None => {
            timed_out.lock().expect("no panic").extend(state.get().copied());
            None
        }
        Some("get-state") => Some(state.get().copied().unwrap_or(-1)),
        Some("update-state") => {
            state.update(state.get().map_or(0, |state| state + 1));
            None
        }
        Some("remove-state") => {
            removed.lock().expect("no panic").extend(state.get().copied());
            state.remove();
            None
        }
        Some("noop") => None,
        Some(other) => panic!("{}: the runner does not know `{other}`", case.id),
    };
    let quiet = |record: Option<&str>, state: &mut KeyState<i64>| match record {
        Some("update-state") => state.update(state.get().map_or(0, |state| state + 1)),
        Some("remove-state") => state.remove(),
        _ => {}
    };
    let job = stream! {
        let records = fed.clone() -> key_by(|_| "key".to_owned());
        records
            -> map_with_state(|_, record, state| step(record.as_deref(), state), timeout = timeout, initial = initial.clone())
            -> filter_map(|result| result)
            -> mapped.clone();
        records
            -> state_snapshots(|_, record, state| quiet(record.as_deref(), state), timeout = timeout, initial = initial.clone())
            -> map(|row| row.value)
            -> states.clone();
    };
    let mut driver = Driver::with_clock(job, clock.clone()).expect("opens");
    clock.advance(millis(now - initial_time));
    fed.extend(words(&case.input["data"]));
    driver.batch().expect("runs");
    let of = |list: &Mutex<Vec<i64>>| json!(*list.lock().expect("no panic"));
    let expected = |name: &str| case.expected[name].clone();
    assert_eq!(json!(mapped.take()), expected("mapped"), "{}", case.id);
    assert_eq!(of(&timed_out), expected("timed_out"), "{}", case.id);
    assert_eq!(of(&removed), expected("removed"), "{}", case.id);
    let found = states.take();
    let values: Vec<i64> = items(&case.expected["states"]).iter().map(|state| integer(&state[0])).collect();
    assert_eq!(found, values, "{}", case.id);
    if let (Some(threshold), [state]) = (threshold, items(&case.expected["states"])) {
        clock.advance(millis(integer(&state[1]) - threshold));
        driver.batch().expect("runs");
        assert_eq!(states.take(), values, "{}: not yet", case.id);
        clock.advance(Duration::from_millis(1));
        driver.batch().expect("runs");
        assert_eq!(states.take(), [0; 0], "{}: a moment later", case.id);
    }
}

/// Calls on the state of a key, one list after the other.
pub fn api(case: &Case<'_>) {
    for (calls, expected) in items(case.input).iter().zip(items(case.expected)) {
        let mut calls = items(calls).iter();
        let mut state: Option<KeyState<i64>> = None;
        while let Some(call) = calls.next() {
            match (text(call), &mut state) {
                ("new", _) => state = Some(KeyState::new()),
                ("wrap", _) => {
                    let value = calls.next().and_then(Value::as_i64);
                    state = Some(value.map_or_else(KeyState::new, KeyState::of));
                }
                ("wrap_timing_out", _) => {
                    state = Some(KeyState::timing_out(integer(calls.next().expect("a state"))));
                }
                ("update", Some(state)) => state.update(integer(calls.next().expect("a state"))),
                ("remove", Some(state)) => state.remove(),
                (other, _) => panic!("{}: the runner does not know `{other}`", case.id),
            }
        }
        let mut state = state.expect("a state");
        assert_eq!(json!(state.get()), expected["value"], "{}", case.id);
        let says = |name: &str| expected.get(name).and_then(Value::as_bool).unwrap_or(false);
        assert_eq!(state.is_updated(), says("updated"), "{}: {expected}", case.id);
        assert_eq!(state.is_removed(), says("removed"), "{}: {expected}", case.id);
        assert_eq!(state.is_timing_out(), says("timing_out"), "{}: {expected}", case.id);
        if says("update_errors") {
            assert!(catch_unwind(AssertUnwindSafe(|| state.update(1))).is_err(), "{}: {expected}", case.id);
        }
        if says("remove_errors") {
            assert!(catch_unwind(AssertUnwindSafe(|| state.remove())).is_err(), "{}: {expected}", case.id);
        }
    }
}

/// The first record of each key as long as event time has not gone further; how many keys are known, and how many records were late.
pub fn dedup(case: &Case<'_>) {
    let seconds = Duration::from_secs(case.number("watermark_delay_s").expect("seconds") as u64);
    let (fed, rows) = (input::<(String, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone()
            -> timestamp(|record| streamflow::Timestamp::from_secs(record.1), disorder = seconds)
            -> dedup(|record| record.0.clone(), within = seconds) as seen
            -> rows.clone()
    })
    .expect("opens");
    let mut late = 0;
    for (step, expected) in items(case.input).iter().zip(items(case.expected)) {
        fed.extend(items(step).iter().map(|record| match record {
            Value::Array(pair) => (text(&pair[0]).to_owned(), integer(&pair[1])),
            moment => (moment.to_string(), integer(moment)),
        }));
        driver.batch().expect("runs");
        let row = |row: (String, i64)| if row.0 == row.1.to_string() { json!(row.1) } else { json!([row.0, row.1]) };
        let found: Vec<Value> = rows.take().into_iter().map(row).collect();
        case.same_rows(&expected["emitted"], &found);
        let report = driver.report();
        let keys = report.state.iter().find(|state| state.0 == "seen").map_or(0, |state| state.1.keys);
        assert_eq!(Some(keys as u64), expected["state_rows"].as_u64(), "{} behind {step}", case.id);
        let now = report.late.iter().map(|late| late.1).sum::<u64>();
        assert_eq!(now - late, expected["dropped"].as_u64().unwrap_or(0), "{} behind {step}", case.id);
        late = now;
    }
}
