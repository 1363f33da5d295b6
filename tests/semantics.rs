//! Facts from the test suites of other systems, as far as this version has words for them. The cases stand in a file beside the
//! repository; without it the test says so and ends.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use streamflow::{ErrorKind, Timestamp, sink, source, stream, window};

/// Cases that are not run, by the beginning of their id, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("beam-fixed-unit", "windows have no offset"),
    ("beam-sliding-offset", "windows have no offset"),
    ("flink-op-tumbling-offset", "windows have no offset"),
    ("flink-sliding-negoffset", "windows have no offset"),
    ("flink-sliding-units", "windows have no offset"),
    ("flink-tumbling-offset", "windows have no offset"),
    ("flink-tumbling-stagger", "windows have no stagger"),
    ("flink-winstart-3", "windows have no offset"),
    ("flink-lateness", "no firing after the close: what is late is counted"),
    ("bytewax-clock", "the watermark follows the records, not the system clock; idle partitions are left out instead"),
    ("ss-watermark-policy", "one stream a pipeline"),
    ("spark-count", "a group without records has no row, so an empty batch gives none"),
    ("spark-rbkw-inv-removed", "a group without records disappears, also where a sum could be taken back"),
    ("spark-cogroup", "one stream a pipeline"),
    ("spark-fullouter", "one stream a pipeline"),
    ("spark-leftouter", "one stream a pipeline"),
    ("spark-rightouter", "one stream a pipeline"),
    ("spark-union", "one stream a pipeline"),
    ("spark-glom", "no operator sees a partition as a whole"),
    ("spark-mappartitions", "no operator sees a partition as a whole"),
    ("spark-repartition", "threads take chunks of any partition: there is nothing to repartition"),
    ("spark-mws-", "no state of the user's own beside `fold`"),
    ("spark-updatestate-lifecycle", "keys of running aggregates live as long as the job"),
];

/// Kinds of cases that are not run at all, but for the ids that [`run`] knows.
const KINDS_LEFT_OUT: &[(&str, &str)] = &[
    ("steps", "the watermark moves with each record, not between batches"),
    ("stream_time", "a window gives its row once, when it closes"),
    ("calc", "functions of other libraries"),
    ("error", "refused by the compiler: see the tests of messages"),
    ("estimator", "no rate control"),
    ("property", "no rate control"),
    ("config", "no rate control"),
    ("state_step", "no state of the user's own beside `fold`"),
    ("state_api", "no state of the user's own beside `fold`"),
    ("retention", "no tables"),
    ("merge", "no session windows"),
    ("merge_seq", "no session windows"),
    ("processing_time", "no session windows"),
    ("count_window", "no windows of counts"),
    ("ordered_events", "windows aligned to the data, and rows that come before the close"),
    ("multiset", "one stream a pipeline"),
    ("interval_join", "one stream a pipeline"),
    ("join_log", "one stream a pipeline"),
    ("join_modes", "one stream a pipeline"),
    ("join_steps", "one stream a pipeline"),
    ("join_state", "one stream a pipeline"),
    ("metrics", "batches are reported, not announced"),
];

struct Case<'c> {
    id: &'c str,
    kind: &'c str,
    operator: &'c str,
    params: &'c Value,
    input: &'c Value,
    expected: &'c Value,
}

impl<'c> Case<'c> {
    fn new(case: &'c Value) -> Self {
        let text = |field: &str| case[field].as_str().unwrap_or_else(|| panic!("`{field}` in {case}"));
        let (params, input, expected) = (&case["params"], &case["input"], &case["expected"]);
        Case { id: text("id"), kind: text("kind"), operator: text("operator"), params, input, expected }
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.params.get(name).map(|value| value.as_i64().unwrap_or_else(|| panic!("{name} of {}", self.id)))
    }

    /// The window of the case; its numbers are taken as milliseconds.
    fn window(&self) -> window::Window {
        let size = self.number("size").expect("a size");
        let every = self.number("slide").unwrap_or(size);
        window::sliding(Duration::from_millis(size as u64), Duration::from_millis(every as u64))
    }

    fn session(&self) -> bool {
        self.operator.contains("session") || self.params.get("gap").is_some()
    }
}

fn integers(list: &Value) -> Vec<i64> {
    items(list).iter().map(|item| item.as_i64().expect("a number")).collect()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

/// Windows with the elements in them: rows of `[[start, end], [elements]]`.
fn groups(window: window::Window, moments: Vec<i64>) -> Vec<Value> {
    let mut rows = vec![];
    let job = stream! {
        source::vec(moments)
            -> timestamp(|moment| Timestamp::from_millis(*moment), disorder = 1d)
            -> window(window)
            -> fold(Vec::new(), |seen, moment| seen.push(moment))
            -> map(|mut row| {
                row.value.sort_unstable();
                json!([[row.start.as_millis(), row.end.as_millis()], row.value])
            })
            -> &mut rows
    };
    job.threads(1).run().expect("runs");
    rows
}

/// Sums by key, step by step. A record that is dropped again moves the watermark after each step: theirs says that no record of
/// this moment or before will come, ours that none before will come.
fn event_time(case: &Case<'_>) -> Vec<Vec<Value>> {
    const DISORDER: i64 = 1_000_000;
    let step = |step: &Value| {
        let elements = items(&step["elements"]).iter().map(|element| {
            let (key, value) = (element[0].as_str().expect("a key").to_owned(), element[1].as_i64().expect("a value"));
            (key, value, element[2].as_i64().expect("a time"))
        });
        let watermark = step["watermark"].as_i64().expect("a watermark");
        elements.chain([(String::new(), 0, watermark + 1 + DISORDER)]).collect()
    };
    let steps: Vec<Vec<(String, i64, i64)>> = items(case.input).iter().map(step).collect();
    let count = steps.len();
    let batches = sink::collect_batches();
    let job = stream! {
        source::batches(steps)
            -> timestamp(|element| Timestamp::from_millis(element.2), disorder = Duration::from_millis(DISORDER as u64))
            -> filter(|element| !element.0.is_empty())
            -> key_by(|element| element.0.clone())
            -> window(case.window())
            -> sum(|element| element.1)
            -> map(|row| json!([row.key, row.value, row.end.as_millis() - 1]))
            -> batches.clone()
    };
    job.threads(1).run().expect("runs");
    let mut steps = vec![vec![]; count];
    batches.take().into_iter().for_each(|(epoch, rows)| steps[epoch as usize - 1] = rows);
    steps
}

/// What is late after the given records: nothing behind the watermark of the case, and everything before it.
fn watermark(case: &Case<'_>) {
    let expected = case.expected.as_i64().expect("a watermark");
    let records = integers(case.input);
    let late = |moment: i64| {
        let records: Vec<i64> = records.iter().copied().chain([moment]).collect();
        let job = stream! {
            source::vec(records)
                -> timestamp(|moment| Timestamp::from_millis(*moment), disorder = Duration::from_millis(case.number("delay").expect("a delay") as u64))
                -> window(tumbling(1ms))
                -> count() as counted
                -> sink::discard()
        };
        job.threads(1).run().expect("runs").late.first().map_or(0, |late| late.1)
    };
    if records.is_empty() {
        assert_eq!(late(-1_000_000_000_000), 0, "{}: nothing is late before the first record", case.id);
    } else {
        assert_eq!((late(expected), late(expected + 1)), (1, 0), "{}", case.id);
    }
}

/// A batch of theirs is a second here: batch `n` holds what happened in second `n`, and a window over batches is one of seconds.
/// Gives one list of rows for each of their output batches.
fn micro_batches(case: &Case<'_>) -> Vec<Vec<Value>> {
    let batch = case.number("batch_ms").unwrap_or(1_000);
    let (size, every) = (case.number("window_ms").unwrap_or(batch), case.number("slide_ms").unwrap_or(batch));
    let pairs = case.params.get("pre").is_some();
    let seconds = items(case.input).iter().zip(0i64..);
    let records: Vec<(i64, Value, Value)> = seconds
        .flat_map(|(records, second)| {
            items(records).iter().map(move |record| match record {
                Value::Array(pair) => (second, pair[0].clone(), pair[1].clone()),
                word if pairs => (second, word.clone(), json!(1)),
                value => (second, Value::Null, value.clone()),
            })
        })
        .collect();
    let of_millis = |millis: i64| Duration::from_millis(millis as u64);
    let window = window::sliding(of_millis(size), of_millis(every));
    // the values of each window, and their sum: by a fold and by a reduction
    let (mut rows, mut sums) = (vec![], vec![]);
    let values = stream! {
        source::vec(records.clone())
            -> timestamp(|record| Timestamp::from_millis(record.0 * batch))
            -> key_by(|record| record.1.to_string())
            -> window(window)
            -> fold(Vec::new(), |seen, record| seen.push(record.2.to_string()))
            -> map(|row| (row.end.as_millis(), row.key.to_owned(), row.value))
            -> &mut rows
    };
    values.threads(1).run().expect("runs");
    let added = stream! {
        source::vec(records)
            -> timestamp(|record| Timestamp::from_millis(record.0 * batch))
            -> key_by(|record| record.1.to_string())
            -> map_values(|record| record.2.as_i64().unwrap_or(0))
            -> window(window)
            -> reduce(|left, right| left + right)
            -> map(|row| ((row.end.as_millis(), row.key.to_owned()), row.value))
            -> &mut sums
    };
    added.threads(1).run().expect("runs");
    let sums: BTreeMap<(i64, String), i64> = sums.into_iter().collect();
    let parse = |text: &str| serde_json::from_str::<Value>(text).expect("as it was printed");
    let last = items(case.input).len() as i64 * batch;
    let mut outputs: BTreeMap<i64, Vec<Value>> = (1..=last / every).map(|output| (output * every, vec![])).collect();
    for (end, key, values) in rows {
        // windows that end behind the last batch are never asked for there
        let Some(output) = outputs.get_mut(&end) else { continue };
        let values: Vec<Value> = values.iter().map(|value| parse(value)).collect();
        let sum = sums[&(end, key.clone())];
        let key = parse(&key);
        match case.operator {
            "window" => output.extend(values),
            "reduce" => output.push(json!(sum)),
            "reduce_by_key" | "reduce_by_key_and_window" => output.push(json!([key, sum])),
            "group_by_key_and_window" => output.push(json!([key, values])),
            "map_values" => output.push(json!([key, sum + 10])),
            "flat_map_values" => output.extend([json!([key, sum]), json!([key, sum + 10])]),
            other => panic!("{}: the runner does not know `{other}`", case.id),
        }
    }
    outputs.into_values().collect()
}

/// Batches of numbers as they are cut, and what becomes of each.
fn mapped(case: &Case<'_>) -> Vec<Vec<Value>> {
    let batches: Vec<Vec<i64>> = items(case.input).iter().map(integers).collect();
    let outputs = sink::collect_batches();
    let job = stream! { source::batches(batches) -> map(|number| json!(number.to_string())) -> outputs.clone() };
    job.threads(1).run().expect("runs");
    outputs.take().into_iter().map(|(_, rows)| rows).collect()
}

/// All known keys after each batch, which is what the updates have told so far.
fn running(case: &Case<'_>) -> Vec<Vec<Value>> {
    let word = |word: &Value| word.as_str().expect("a word").to_owned();
    let batches: Vec<Vec<String>> =
        items(case.input).iter().map(|batch| items(batch).iter().map(word).collect()).collect();
    let mut outputs = vec![];
    for known in 1..=batches.len() {
        let mut updates = vec![];
        let job = stream! {
            source::batches(batches[..known].to_vec())
                -> key_by(|word| word.clone())
                -> count()
                -> map(|row| (row.key.to_owned(), row.value))
                -> &mut updates
        };
        job.threads(1).run().expect("runs");
        let latest: BTreeMap<String, u64> = updates.into_iter().collect();
        outputs.push(latest.into_iter().map(|row| json!([row.0, row.1])).collect());
    }
    outputs
}

/// As multisets, batch by batch.
fn same(case: &Case<'_>, found: &[Vec<Value>]) {
    same_as(case, items(case.expected), found);
}

fn same_as(case: &Case<'_>, expected: &[Value], found: &[Vec<Value>]) {
    let sorted = |rows: &[Value]| {
        let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        rows.sort();
        rows
    };
    let expected: Vec<_> = expected.iter().map(|rows| sorted(items(rows))).collect();
    let found: Vec<_> = found.iter().map(|rows| sorted(rows)).collect();
    assert_eq!(found, expected, "{}", case.id);
}

/// Runs a case. False: this version has no words for it.
fn run(case: &Case<'_>) -> bool {
    match case.kind {
        _ if case.session() => return false,
        "group" => {
            let expected = std::slice::from_ref(case.expected);
            same_as(case, expected, &[groups(case.window(), integers(case.input))]);
        }
        "assign" => {
            let moments = integers(case.input).into_iter();
            let windows = |moment| groups(case.window(), vec![moment]).into_iter().map(|row| row[0].clone()).collect();
            same(case, &moments.map(windows).collect::<Vec<_>>());
        }
        "event_time" => same(case, &event_time(case)),
        "watermark" => watermark(case),
        "microbatch" if case.operator == "update_state_by_key" => same(case, &running(case)),
        "microbatch" if case.operator == "map" => same(case, &mapped(case)),
        "microbatch" => same(case, &micro_batches(case)),
        _ if case.operator == "window_start" => {
            let starts = |moment| groups(case.window(), vec![moment]).into_iter().map(|row| row[0][0].clone());
            let found: Vec<Value> = integers(case.input).into_iter().flat_map(starts).collect();
            assert_eq!(json!(found), *case.expected, "{}", case.id);
        }
        _ => return false,
    }
    true
}

#[test]
fn cases_of_other_systems() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/semantics.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut ran = vec![];
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    for case in items(&file["cases"]).iter().map(Case::new) {
        if let Some((_, reason)) = LEFT_OUT.iter().find(|(id, _)| case.id.starts_with(id)) {
            *left_out.entry(reason).or_default() += 1;
        } else if run(&case) {
            ran.push(case.id);
        } else {
            let reason = KINDS_LEFT_OUT.iter().find(|(kind, _)| *kind == case.kind).map(|(_, reason)| *reason);
            let session = case.session().then_some("no session windows");
            let reason = session.or(reason).unwrap_or_else(|| panic!("{} is neither run nor left out", case.id));
            *left_out.entry(reason).or_default() += 1;
        }
    }
    println!("{} cases ran: {}", ran.len(), ran.join(", "));
    left_out.iter().for_each(|(reason, cases)| println!("{cases} left out: {reason}"));
    assert!(ran.len() >= 20, "only {} cases ran", ran.len());
}

/// Sizes that are refused elsewhere are refused here.
#[test]
fn windows_of_no_length_are_refused() {
    for (size, every) in [(0, 1), (1, 0), (0, 0)] {
        let window = window::sliding(Duration::from_micros(size), Duration::from_micros(every));
        let job = stream! {
            source::vec(vec![1])
                -> timestamp(|moment| Timestamp::from_secs(*moment))
                -> window(window)
                -> count()
                -> sink::discard()
        };
        let error = job.threads(1).run().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Settings, "{size} every {every}: {error}");
    }
}
