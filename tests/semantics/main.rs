//! Facts from the test suites of other systems. They stand in a file beside the repository; without it the test says so and ends.
//!
//! Every case of the file is run, or stands in [`QUIRKS`] with the reason why it does not hold here: the test fails for a case that is
//! neither, and for a quirk that no case has.

mod case;
mod chunks;
mod joins;
mod micro_batches;
mod modes;
mod moments;
mod policies;
mod rates;
mod refusals;
mod sessions;
mod siblings;
mod state;
mod steps;
mod stream_time;
mod windows;

use case::{Case, items};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What another system does and this one does not, by the id of the case.
const QUIRKS: &[(&str, &str)] = &[
    (
        "bytewax-clock",
        "a watermark follows the records, so that a backlog is judged as it was; a silent partition is left out by `idle`, and a job \
         whose partitions are all silent waits with its windows, where theirs go on with the system clock",
    ),
    (
        "spark-remember-window-chain",
        "batches are not kept for those that read them: a window keeps its own panes until it closes, and `sink::recent` the \
         batches that the user wants back",
    ),
    ("spark-transform-null-error", "a function over batches gives a list, perhaps an empty one: there is no null"),
    ("spark-union-none-error", "a source without records gives an empty batch: there is no null"),
];

/// What runs a case; `None`: nobody knows how.
fn runner(case: &Case<'_>) -> Option<fn(&Case<'_>)> {
    let session = case.operator.contains("session") || case.has("gap");
    Some(match (case.kind, case.operator) {
        ("estimator", "pid_rate") => rates::estimates,
        ("estimator", "rate_limiter") => rates::limits,
        ("property", "pid_rate") => rates::below_the_speed,
        ("error", "pid_rate") => rates::refused,
        ("error", "hopping" | "tumbling" | "sliding") => refusals::windows,
        ("calc", "time.floor") => moments::floors,
        ("calc", "time.to(inclusive,step)" | "time.until(exclusive,step)") => moments::steps,
        ("calc", "half-open overlap with [50,100)") => moments::overlaps,
        ("calc", "closed overlap with [50,100]") => sessions::overlaps,
        ("calc", "window_start") => windows::starts,
        ("calc", "sliding window ids") => windows::numbers,
        ("group", _) if session => sessions::groups,
        ("group", _) => windows::groups,
        ("assign", _) if case.has("stagger") => windows::staggered,
        ("assign", _) if session => sessions::assigned,
        ("assign", _) => windows::assigned,
        ("merge", _) => sessions::merged,
        ("merge_seq", _) => sessions::merged_one_by_one,
        ("event_time", "tumbling, emit elements") => windows::emitted,
        ("event_time", _) if session => sessions::sums,
        ("event_time", "tumbling sum by key" | "sliding sum by key") => windows::sums,
        ("processing_time", "session sum by key") => sessions::on_the_clock,
        ("stream_time", "session count + final results") => stream_time::session_counts,
        ("stream_time", operator) if operator.starts_with("changelog count, ") => stream_time::suppressed,
        ("stream_time", "session count") => stream_time::sessions,
        ("stream_time", "tumbling count + final results") => stream_time::tumbling_counts,
        ("stream_time", operator) if operator.starts_with("sliding (data-aligned) concat") => {
            stream_time::aligned_texts
        }
        ("count_window", _) => windows::of_counts,
        ("watermark", "bounded out-of-orderness") => windows::bounded_disorder,
        ("watermark", "multiple watermark policy") => policies::of_two_streams,
        ("ordered_events", operator) if operator.ends_with("sliding collect, aligned to the FIRST element") => {
            windows::collected_from_the_first
        }
        ("ordered_events", "sliding collect") => windows::collected,
        ("ordered_events", "tumbling count by type") => windows::counted,
        ("steps", "windowed count" | "group by event time" | "drop_duplicates; windowed count") => {
            steps::windowed_counts
        }
        ("steps", "drop_duplicates" | "drop_duplicates(id)") => steps::distinct,
        ("steps", "session_window") => sessions::words,
        ("steps", operator) if operator.starts_with("drop_duplicates_within_watermark") => state::dedup,
        ("state_step", _) => state::one_record,
        ("state_api", _) => state::api,
        ("microbatch", operator) if operator.starts_with("map_with_state") => state::map_with_state,
        ("microbatch", operator) if operator.starts_with("update_state_by_key") => state::update_state,
        ("microbatch", "count") => micro_batches::counted,
        ("microbatch", "reduce_by_key_and_window") if case.has("inverse") && !case.has("filter") => {
            micro_batches::of_batches
        }
        ("microbatch", "map") => micro_batches::mapped,
        ("microbatch", "union") => micro_batches::union,
        (
            "microbatch",
            "window"
            | "reduce"
            | "reduce_by_key"
            | "reduce_by_key_and_window"
            | "group_by_key_and_window"
            | "map_values"
            | "flat_map_values",
        ) => micro_batches::windows,
        ("interval_join", _) => joins::intervals,
        ("join_state", _) => joins::buffers,
        ("join_steps", _) => joins::steps,
        ("join_modes", _) => modes::joined,
        ("join_log", "stream-table join") => joins::stream_with_table,
        ("join_log", "table-table join (changelog)") => joins::table_with_table,
        ("join_log", _) => joins::stream_with_stream,
        ("multiset", _) => joins::multisets,
        ("microbatch", operator) if operator.contains("join") || operator == "cogroup" => joins::micro_batches,
        ("error", "slice") => chunks::sliced_too_early,
        ("microbatch", "glom" | "map_partitions") => chunks::partitions,
        ("microbatch", "repartition") => chunks::repartitioned,
        ("metrics", "batch listener") => micro_batches::counters,
        _ => return None,
    })
}

#[test]
fn cases_of_other_systems() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases/semantics.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {}", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let quirks: BTreeMap<&str, &str> = QUIRKS.iter().copied().collect();
    assert_eq!(quirks.len(), QUIRKS.len(), "a quirk stands twice");
    let (mut ran, mut failed, mut unknown, mut seen) = (vec![], vec![], vec![], BTreeSet::new());
    for case in items(&file["cases"]).iter().map(Case::new) {
        seen.insert(case.id);
        match (quirks.get(case.id), runner(&case)) {
            (Some(reason), _) => println!("{}: {reason}", case.id),
            (None, None) => unknown.push(format!("{} ({}: {})", case.id, case.kind, case.operator)),
            // one case that fails hides no other
            (None, Some(run)) => match catch_unwind(AssertUnwindSafe(|| run(&case))) {
                Ok(()) => ran.push(case.id),
                Err(_) => failed.push(case.id),
            },
        }
    }
    println!("{} cases ran: {}", ran.len(), ran.join(", "));
    assert!(failed.is_empty(), "{} cases fail, as told above: {}", failed.len(), failed.join(", "));
    let gone: Vec<&&str> = quirks.keys().filter(|id| !seen.contains(*id)).collect();
    assert!(gone.is_empty(), "quirks of no case: {gone:?}");
    assert!(unknown.is_empty(), "{} cases that nobody runs:\n{}", unknown.len(), unknown.join("\n"));
}
