//! Spark's batches. A batch of theirs is a second here: batch `n` holds what happened in second `n`, and a window over batches is
//! one of seconds.

use crate::case::{Case, integer, integers, items, millis};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use streamflow::{Timestamp, sink, source, stream, window};

/// One list of rows for each of their output batches.
pub fn windows(case: &Case<'_>) {
    let batch = case.number("batch_ms").unwrap_or(1_000);
    let (size, every) = (case.number("window_ms").unwrap_or(batch), case.number("slide_ms").unwrap_or(batch));
    let pairs = case.has("pre");
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
    let window = window::sliding(millis(size), millis(every));
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
    case.same(&outputs.into_values().collect::<Vec<_>>());
}

/// Windows over the batches themselves, in which a key stays when its records have left: what an inverse function does.
pub fn of_batches(case: &Case<'_>) {
    use streamflow::testing::{Driver, input};
    let batch = case.number("batch_ms").expect("an interval");
    let batches = |name: &str| u32::try_from(case.number(name).expect("a duration") / batch).expect("batches");
    let (length, every) = (batches("window_ms"), batches("slide_ms"));
    let (fed, rows) = (input::<(String, i64)>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone()
            -> key_by(|record| record.0.clone())
            -> window(batches(length, every = every, keep_empty = true))
            -> sum(|record| record.1)
            -> map(|row| json!([row.key, row.value]))
            -> rows.clone()
    })
    .expect("opens");
    let mut found = vec![];
    for (batch, number) in items(case.input).iter().zip(1u32..) {
        fed.extend(items(batch).iter().map(|pair| (crate::case::text(&pair[0]).to_owned(), integer(&pair[1]))));
        driver.batch().expect("runs");
        let rows: Vec<Value> = rows.take();
        // there only the batches that end a slide give one
        if number.is_multiple_of(every) { found.push(rows) } else { assert!(rows.is_empty(), "{}", case.id) }
    }
    case.same(&found);
}

/// Batches of numbers as they are cut, and what becomes of each.
pub fn mapped(case: &Case<'_>) {
    let batches: Vec<Vec<i64>> = items(case.input).iter().map(integers).collect();
    let outputs = sink::collect_batches();
    let job = stream! { source::batches(batches) -> map(|number| json!(number.to_string())) -> outputs.clone() };
    job.threads(1).run().expect("runs");
    case.same(&outputs.take().into_iter().map(|(_, rows)| rows).collect::<Vec<_>>());
}

/// How many records each batch has, also one without any.
pub fn counted(case: &Case<'_>) {
    use streamflow::testing::{Driver, input};
    let (fed, rows) = (input::<i64>(), sink::collect());
    let mut driver = Driver::new(stream! {
        fed.clone() -> window(batches(1, keep_empty = true)) -> count() -> map(|row| json!(row.value)) -> rows.clone()
    })
    .expect("opens");
    let found = items(case.input).iter().map(|batch| {
        fed.extend(integers(batch));
        driver.batch().expect("runs");
        rows.take()
    });
    case.same(&found.collect::<Vec<Vec<Value>>>());
}

/// One source three times, changed in two of them.
pub fn union(case: &Case<'_>) {
    let batches: Vec<Vec<i64>> = items(case.input).iter().map(integers).collect();
    let outputs = sink::collect_batches();
    let job = stream! {
        let numbers = source::batches(batches);
        let by_four = numbers -> map(|number| number + 4);
        let by_eight = numbers -> map(|number| number + 8);
        merge(numbers, by_four, by_eight) -> map(|number| json!(number)) -> outputs.clone();
    };
    job.threads(1).run().expect("runs");
    case.same(&outputs.take().into_iter().map(|(_, rows)| rows).collect::<Vec<_>>());
}

/// Two streams of blocks in one batch; the counters when it is formed, starts and is done.
pub fn counters(case: &Case<'_>) {
    use std::sync::{Arc, Mutex};
    use streamflow::testing::{Driver, input};
    let (first, second) = (input::<u64>(), input::<u64>());
    let seen = Arc::new(Mutex::new(vec![]));
    let told = seen.clone();
    let job = stream! {
        let first = first.clone();
        let second = second.clone();
        merge(first, second) -> sink::discard();
    };
    let job = job.on_batch(move |_, counters| told.lock().expect("no panic").push(counters.clone()));
    let mut driver = Driver::new(job).expect("opens");
    for (stream, blocks) in [(&first, "stream0"), (&second, "stream1")] {
        integers(&case.params["blocks"][blocks]).into_iter().for_each(|records| stream.extend(0..records as u64));
    }
    driver.batch().expect("runs");
    let seen = seen.lock().expect("no panic");
    assert_eq!(seen.len(), items(case.expected).len());
    for (counters, expected) in seen.iter().zip(items(case.expected)) {
        let found = json!({
            "waiting": counters.waiting,
            "running": counters.running,
            "completed": counters.completed,
            "unprocessed": counters.unprocessed(),
            "processed_records": counters.processed,
            "received_records": counters.received,
            "per_stream": { "0": counters.sources.first(), "1": counters.sources.get(1) },
        });
        for (name, value) in expected.as_object().expect("counters") {
            assert_eq!(found[name], *value, "{}: {name} of {found}", case.id);
        }
    }
}
