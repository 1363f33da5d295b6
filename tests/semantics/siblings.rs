//! More facts of the same suites, in the layout of the file, each with the test that it follows. Where a suite's own figures are long they
//! are made smaller, and what is expected follows from its rule.

use crate::case::{Case, items};
use crate::runner;
use serde_json::{Value, json};

/// Every case runs, and one that fails hides no other.
fn all(cases: Value) {
    let failed = items(&cases).iter().map(Case::new).filter(|case| {
        let run = runner(case).unwrap_or_else(|| panic!("nobody runs {}", case.id));
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(case))).is_err()
    });
    let failed: Vec<&str> = failed.map(|case| case.id).collect();
    assert!(failed.is_empty(), "they fail, as told above: {}", failed.join(", "));
}

/// Bytewax' `join`: `test_join.py`, all ways of insertion with all ways of emission. With `complete` the state is dropped behind the
/// rows, so a later value is alone.
#[test]
fn modes_of_joins() {
    let (left, right) = (json!([1, 4]), json!([2, 3]));
    let case = |insert: &str, emit: &str, expected: Value| {
        json!({
            "id": format!("bytewax-join-{insert}-{emit}"), "kind": "join_modes", "operator": "join(insert_mode, emit_mode)",
            "params": { "insert": insert, "emit": emit }, "input": { "left": left, "right": right }, "expected": expected,
        })
    };
    all(json!([
        case("first", "complete", json!([[1, 2]])),
        case("last", "complete", json!([[4, 2]])),
        case("product", "complete", json!([[1, 2], [4, 2]])),
        case("first", "final", json!([[1, 2]])),
        case("last", "final", json!([[4, 3]])),
        case("product", "final", json!([[1, 2], [1, 3], [4, 2], [4, 3]])),
        case("first", "running", json!([[1, null], [1, null], [1, 2], [1, 2]])),
        case("last", "running", json!([[1, null], [4, null], [4, 2], [4, 3]])),
        case(
            "product",
            "running",
            json!([[1, null], [1, null], [4, null], [1, 2], [4, 2], [1, 2], [1, 3], [4, 2], [4, 3]])
        ),
    ]));
}

/// Spark's `WindowOperationsSuite`: the big input with an inverse function, without and with a filter.
#[test]
fn windows_of_batches_with_an_inverse() {
    let wave =
        json!(
            [[["a", 1]], [["a", 1], ["b", 1]], [["a", 1], ["b", 1], ["c", 1]], [["a", 1], ["b", 1]], [["a", 1]], [],]
        );
    let input: Vec<&Value> = items(&wave).iter().chain(items(&wave)).collect();
    let reduced = |a: i64, b: i64, c: i64| json!([["a", a], ["b", b], ["c", c]]);
    let kept = json!([
        [["a", 1]],
        [["a", 2], ["b", 1]],
        reduced(2, 2, 1),
        reduced(2, 2, 1),
        reduced(2, 1, 0),
        reduced(1, 0, 0),
        reduced(1, 0, 0),
        reduced(2, 1, 0),
        reduced(2, 2, 1),
        reduced(2, 2, 1),
        reduced(2, 1, 0),
        reduced(1, 0, 0),
    ]);
    let batches = items(&kept).iter();
    let filtered: Vec<Vec<&Value>> =
        batches.map(|rows| items(rows).iter().filter(|row| row[1] != json!(0)).collect()).collect();
    let case = |id: &str, filter: Value, expected: Value| {
        let params = json!({
            "batch_ms": 1000, "window_ms": 2000, "slide_ms": 1000, "fn": "a+b", "inverse": "a-b", "filter": filter,
        });
        json!({
            "id": id, "kind": "microbatch", "operator": "reduce_by_key_and_window", "params": params, "input": input,
            "expected": expected,
        })
    };
    all(json!([
        case("spark-rbkw-inv-big", Value::Null, kept.clone()),
        case("spark-rbkw-filtered-inv-big", json!("v != 0"), json!(filtered)),
    ]));
}

/// Spark's `WindowOperationsSuite`, `BasicOperationsSuite`: other sizes, more partitions, a state to begin with.
#[test]
fn batches() {
    let hundred: Vec<i64> = (1..=100).collect();
    all(json!([
        {
            "id": "spark-window-basic", "kind": "microbatch", "operator": "window",
            "params": { "batch_ms": 1000, "window_ms": 2000, "slide_ms": 1000 },
            "input": [[0], [1], [2], [3], [4], [5]], "expected": [[0], [0, 1], [1, 2], [2, 3], [3, 4], [4, 5]],
        },
        {
            "id": "spark-repartition-more", "kind": "microbatch", "operator": "repartition",
            "params": { "input_partitions": 2, "n": 5 }, "input": [hundred, hundred], "expected": [],
        },
        {
            // updateStateByKey - simple with initial value RDD
            "id": "spark-updatestate-initial", "kind": "microbatch", "operator": "update_state_by_key",
            "params": { "initial": [["a", 1], ["c", 2]] },
            "input": [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b"], ["a"], []],
            "expected": [
                [["a", 2], ["c", 2]], [["a", 3], ["b", 1], ["c", 2]], [["a", 4], ["b", 2], ["c", 3]],
                [["a", 5], ["b", 3], ["c", 3]], [["a", 6], ["b", 3], ["c", 3]], [["a", 6], ["b", 3], ["c", 3]],
            ],
        },
        {
            // rate limiter stays below maxRate despite large updates
            "id": "ratelimit-2", "kind": "estimator", "operator": "rate_limiter", "params": { "max_rate": 100 },
            "input": [["update", 105]], "expected": [100],
        },
    ]));
}

/// Flink's `WindowOperatorTest`: `testDropDueToLatenessSliding`, `testLateness` of a trigger that purges nothing.
#[test]
fn late_for_some_windows() {
    let step = |moments: &[i64], watermark: i64| {
        let elements: Vec<Value> = moments.iter().map(|moment| json!(["key2", 1, moment])).collect();
        json!({ "elements": elements, "watermark": watermark })
    };
    all(json!([
        {
            "id": "flink-drop-sliding", "kind": "event_time", "operator": "sliding sum by key",
            "params": { "size": 3000, "slide": 1000, "lateness": 0 },
            "input": [
                step(&[1_000], 1_999), step(&[2_000], 2_999), step(&[2_400, 2_400, 3_001], 3_999), step(&[2_001, 3_900], 4_999),
                step(&[], 5_999), step(&[1_001], 6_999),
            ],
            // 2400 is late for the window that has ended at 3000, and in the two behind it; 2001 only in the last
            "expected": [
                [["key2", 1, 1_999]], [["key2", 2, 2_999]], [["key2", 5, 3_999]], [["key2", 6, 4_999]], [["key2", 2, 5_999]], [],
            ],
        },
        {
            "id": "flink-lateness-accumulating", "kind": "event_time", "operator": "tumbling sum by key",
            "params": { "size": 2000, "lateness": 500, "purging": false },
            "input": [step(&[500], 1_500), step(&[1_300], 2_300), step(&[1_997], 6_000), step(&[1_998], 7_000)],
            "expected": [[], [["key2", 2, 1_999]], [["key2", 3, 1_999]], []],
        },
    ]));
}

/// Flink's `WindowOperatorTest`: `testDropDueToLatenessSessionWithLateness`, `..WithHugeLateness`, and with a trigger that purges.
#[test]
fn late_for_a_session() {
    let step = |moments: &[i64], watermark: Option<i64>| {
        let elements: Vec<Value> = moments.iter().map(|moment| json!(["key2", 1, moment])).collect();
        json!({ "elements": elements, "watermark": watermark })
    };
    let input = json!([
        step(&[1_000], Some(1_999)),
        step(&[2_000], Some(4_998)),
        step(&[4_500, 8_500], Some(7_400)),
        step(&[7_000], Some(11_501)),
        step(&[11_600], Some(14_600)),
        step(&[10_000], None),
        step(&[14_500], Some(20_000)),
        step(&[], Some(100_000)),
    ]);
    let row = |sum: i64, start: i64, end: i64| json!([["key2", sum, start, end, end - 1]]);
    let case = |id: &str, lateness: i64, purging: bool, late: [Value; 2]| {
        let [late, last] = late;
        json!({
            "id": id, "kind": "event_time", "operator": "session sum by key", "input": input,
            "params": { "gap": 3000, "lateness": lateness, "purging": purging },
            "expected": [[], [], [], row(5, 1_000, 11_500), row(1, 11_600, 14_600), late, last, []],
        })
    };
    all(json!([
        case("flink-session-late10", 10, false, [row(2, 10_000, 14_600), row(3, 10_000, 17_500)]),
        case("flink-session-late10-purging", 10, true, [json!([]), row(1, 14_500, 17_500)]),
        case("flink-session-hugelate", 10_000, false, [row(7, 1_000, 14_600), row(8, 1_000, 17_500)]),
    ]));
}

/// Flink's `TimeWindowTest` and `MergingWindowSetTest`, Beam's `SlidingWindowsTest`, Flink's `SlidingEventTimeWindowsTest`, Kafka's
/// `TimeWindowsTest`, Bytewax' `test_sliding_windower.py`.
#[test]
fn windows_of_a_moment() {
    all(json!([
        {
            "id": "flink-merge-identical", "kind": "merge", "operator": "session merge", "params": {},
            "input": [[0, 3], [0, 3], [5, 6], [6, 9], [12, 13]], "expected": [[0, 3], [5, 9], [12, 13]],
        },
        {
            "id": "beam-sliding-simple", "kind": "group", "operator": "sliding",
            "params": { "size": 10, "slide": 5, "offset": 0 }, "input": [1, 2, 5, 9, 10, 11],
            "expected": [
                [[-5, 5], [1, 2]], [[0, 10], [1, 2, 5, 9]], [[5, 15], [5, 9, 10, 11]], [[10, 20], [10, 11]],
            ],
        },
        {
            "id": "beam-sliding-7", "kind": "group", "operator": "sliding", "params": { "size": 7, "slide": 5, "offset": 0 },
            "input": [1, 2, 5, 9, 10, 11], "expected": [[[-5, 2], [1]], [[0, 7], [1, 2, 5]], [[5, 12], [5, 9, 10, 11]], [[10, 17], [10, 11]]],
        },
        {
            "id": "flink-winstart-negative", "kind": "calc", "operator": "window_start", "params": { "offset": -1, "size": 7 },
            "input": [1, 2, 3, 7, 12], "expected": [-1, -1, -1, 6, 6],
        },
        {
            "id": "kafka-barely-overlapping", "kind": "assign", "operator": "hopping", "params": { "size": 6, "slide": 5, "offset": 0 },
            "input": [7], "expected": [[[5, 11]]],
        },
        {
            "id": "kafka-tumbling", "kind": "assign", "operator": "tumbling", "params": { "size": 12 }, "input": [21],
            "expected": [[[12, 24]]],
        },
        {
            "id": "bytewax-sliding-divisible", "kind": "calc", "operator": "sliding window ids", "params": { "size": 10, "slide": 5 },
            "input": [0, 4, 5, -1], "expected": [[-1, 0], [-1, 0], [0, 1], [-2, -1]],
        },
    ]));
}

/// Flink's `IntervalJoinOperatorTest`: bounds on one side alone, and what is kept for them.
#[test]
fn one_sided_intervals() {
    let of = |lower: i64, upper: i64, expected: Value| {
        json!({
            "id": format!("flink-ij {lower} to {upper}"), "kind": "interval_join", "operator": "interval join (one key)",
            "params": { "lower": lower, "upper": upper }, "input": { "left": [1, 2, 3, 4], "right": [1, 2, 3, 4] },
            "expected": expected,
        })
    };
    let kept = |id: &str, lower: i64, upper: i64, expected: Value| {
        json!({
            "id": id, "kind": "join_state", "operator": "interval join buffers",
            "params": { "lower": lower, "upper": upper }, "expected": expected,
            "input": { "left": [1, 2, 3, 4, 5], "right": [1, 2, 3, 4, 5], "watermarks": [1, 4, 6] },
        })
    };
    all(json!([
        of(-2, -1, json!([[2, 1], [3, 1], [3, 2], [4, 2], [4, 3]])),
        of(-1, 1, json!([[1, 1], [1, 2], [2, 1], [2, 2], [2, 3], [3, 2], [3, 3], [3, 4], [4, 3], [4, 4]])),
        kept("flink-ij-clean -1 to 1", -1, 1, json!([[[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]], [[4, 5], [4, 5]], [[], []],])),
    ]));
}

/// Kafka's `KStreamKStreamJoinTest`: `testAsymmetricWindowingBefore`, and its `SuppressScenarioTest` with sessions of two keys.
#[test]
fn stream_time() {
    let rights = |time: i64| -> Vec<Value> { (0..2).map(|key| json!(["R", key, format!("r{key}"), time])).collect() };
    all(json!([
        {
            "id": "kafka-join-asymmetric-before", "kind": "join_steps", "operator": "inner join",
            "params": { "before_ms": 100, "after_ms": 0 },
            "input": [
                [["L", 0, "A0", 1000], ["L", 1, "A1", 1001]], rights(899), rights(900), rights(901), rights(1000), rights(1001),
            ],
            "expected": [
                [], [], [[0, "A0+r0", 1000]], [[0, "A0+r0", 1000], [1, "A1+r1", 1001]],
                [[0, "A0+r0", 1000], [1, "A1+r1", 1001]], [[1, "A1+r1", 1001]],
            ],
        },
        {
            "id": "kafka-session-disorder", "kind": "stream_time", "operator": "session count",
            "params": { "gap": 10, "grace": 0 },
            "input": [["a", 0], ["b", 3], ["a", 8], ["b", 30], ["a", 25]],
            "expected": {
                "sessions": [[[0, 8], 2], [[3, 3], 1], [[25, 25], 1], [[30, 30], 1]],
            },
        },
        {
            // an out-of-order record makes a window behind itself, of the later ones, and joins those around it
            "id": "kafka-sliding-disorder", "kind": "stream_time", "operator": "sliding (data-aligned) concat, init \"0\"",
            "params": { "difference": 10, "grace": 50 },
            "input": [["A", "1", 20], ["A", "2", 40], ["A", "3", 30]],
            "expected": {
                "10": [["0+1", 20]], "20": [["0+1+3", 30]], "21": [["0+3", 30]],
                "30": [["0+2", 40], ["0+3+2", 40]], "31": [["0+2", 40]],
            },
        },
    ]));
}

/// Spark's `EventTimeWatermarkSuite`, the same streams with the policy `min`; and one of them silent from the start.
#[test]
fn watermark_policies() {
    let case = |id: &str, policy: &str, input: Value, expected: Value| {
        json!({
            "id": format!("ss-watermark-policy-{id}"), "kind": "watermark", "operator": "multiple watermark policy",
            "params": { "delay_s": { "first": 10, "second": 15 }, "policy": policy }, "input": input, "expected": expected,
        })
    };
    let steps = json!([[[20], [30]], "restart", [[120], [130]], [[150], []]]);
    all(json!([
        case("min", "min", steps, json!([10_000, 10_000, 110_000, 115_000])),
        case("max-other", "max", json!([[[20], [60]], [[70], []], [[], [61]]]), json!([45_000, 60_000, 60_000])),
    ]));
}

/// Kafka's outer join: a record is dropped when its own window and the grace are over, not before, and meets what is kept.
#[test]
fn outer_joins_late_per_pair() {
    let case = |id: &str, input: Value, expected: Value| {
        json!({
            "id": id, "kind": "join_steps", "operator": "outer join",
            "params": { "difference_ms": 100, "grace_ms": 10 }, "input": input, "expected": expected,
        })
    };
    all(json!([
        case(
            "kafka-outer-late-both-sides",
            json!([[["R", 0, 1, 20], ["R", 9, 2, 125]], [["L", 0, "A", 15]], [["L", 0, "B", 14]], [["R", 9, 3, 500]]]),
            json!([[], [[0, "A+1", 20]], [], [[9, "null+2", 125]]])
        ),
        case(
            "kafka-outer-told-to-be-alone",
            json!([[["R", 0, 1, 0], ["R", 9, 2, 120]], [["L", 0, "A", 50]], [["R", 9, 3, 500]]]),
            json!([[[0, "null+1", 0]], [], [[0, "A+null", 50], [9, "null+2", 120]]])
        ),
    ]));
}

/// Kafka's `SuppressScenarioTest`: a limit of no time holds nothing back; and more than one record held.
#[test]
fn suppressed_changes() {
    let case = |id: &str, params: Value, input: Value, expected: Value| {
        json!({
            "id": id, "kind": "stream_time", "operator": "changelog count, held back", "params": params,
            "input": input, "expected": { "suppressed": expected },
        })
    };
    let steps = json!([[["k1", "v1", 0], ["k1", "v2", 1], ["k2", "v1", 2]], [["x", "x", 3]]]);
    all(json!([
        case(
            "kafka-suppress-zero",
            json!({ "limit_ms": 0 }),
            steps.clone(),
            json!([[["v1", 1, 0], ["v1", 0, 1], ["v2", 1, 1], ["v1", 1, 2]], [["x", 1, 3]]])
        ),
        case("kafka-suppress-two-records", json!({ "max_records": 2 }), steps.clone(), json!([[], [["v1", 1, 2]]])),
        case(
            "kafka-suppress-both",
            json!({ "max_records": 1, "limit_ms": 2 }),
            steps.clone(),
            json!([[["v1", 0, 1], ["v2", 1, 1]], [["v1", 1, 2]]])
        ),
    ]));
}
