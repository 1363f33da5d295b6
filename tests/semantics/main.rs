//! Facts from the test suites of other systems. They stand in a file beside the repository; without it the test says so and ends.
//!
//! Every case of the file is run, or stands in [`QUIRKS`] with the reason why it does not hold here: the test fails for a case that is
//! neither, and for a quirk that no case has.

mod case;
mod micro_batches;
mod moments;
mod rates;
mod refusals;
mod steps;
mod windows;

use case::{Case, items};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What another system does and this one does not, by the id of the case.
const QUIRKS: &[(&str, &str)] = &[
    ("bytewax-clock", "a watermark follows the records, not the system clock; idle partitions are left out instead"),
    ("bytewax-session-exact", "a session ends its gap after its last record, which no longer belongs to it"),
    ("flink-tumbling-stagger", "windows start at the same moments in every run, not where the first record falls"),
    ("kafka-sessionwindow-overlap", "all windows are half-open, those of sessions too"),
    ("renoir-eventtime-sparse", "windows start at the same moments in every run, not at the first record"),
    ("spark-count", "a group without records has no row, so an empty batch gives none"),
    ("spark-rbkw-inv-removed", "a group without records disappears, also where a sum could be taken back"),
    ("spark-remember-window-chain", "batches are not kept: a window keeps its own panes until it closes"),
    ("spark-slice-uninit", "batches are not kept, so there is none to ask for by its time"),
    ("spark-transform-null-error", "a closure cannot give no batch: there is no null"),
    ("ss-watermark-policy-max", "the slowest stream decides: with the fastest one records of the others would be lost"),
    ("spark-union-none-error", "a source without records gives an empty batch: there is no null"),
];

/// Cases of operators that are not there yet, by the beginning of their id or by their kind.
const AWAITED: &[(&str, &str)] = &[
    ("session", "sessions"),
    ("merge", "sessions"),
    ("processing_time", "sessions"),
    ("stream_time", "windows that are shown before they close"),
    ("offset", "windows with an offset"),
    ("purging", "windows that are kept for late records"),
    ("count_window", "windows of so many records"),
    ("join", "joins"),
    ("multiset", "joins"),
    ("cogroup", "joins"),
    ("state", "state of the user's own"),
    ("dedup", "duplicates for a time"),
    ("drop_duplicates_within", "duplicates for a time"),
    ("glom", "whole chunks"),
    ("map_partitions", "whole chunks"),
    ("repartition", "whole chunks"),
];

/// Why a case without a runner is not run.
fn awaited(case: &Case<'_>) -> Option<&'static str> {
    let offset = if case.number("offset").is_some_and(|offset| offset != 0) { "offset" } else { "" };
    let purging = if case.has("purging") { "purging" } else { "" };
    let words = [case.kind, case.operator, offset, purging];
    AWAITED.iter().find(|(word, _)| words.iter().any(|text| text.contains(word))).map(|(_, what)| *what)
}

/// What runs a case; `None`: nobody knows how.
fn runner(case: &Case<'_>) -> Option<fn(&Case<'_>)> {
    let session = case.operator.contains("session") || case.has("gap");
    let plain = !session && case.number("offset").unwrap_or(0) == 0;
    Some(match (case.kind, case.operator) {
        ("estimator", "pid_rate") => rates::estimates,
        ("estimator", "rate_limiter") => rates::limits,
        ("property", "pid_rate") => rates::below_the_speed,
        ("error", "pid_rate") => rates::refused,
        ("error", "hopping" | "tumbling" | "sliding") => refusals::windows,
        ("calc", "time.floor") => moments::floors,
        ("calc", "time.to(inclusive,step)" | "time.until(exclusive,step)") => moments::steps,
        ("calc", "half-open overlap with [50,100)") => moments::overlaps,
        ("calc", "window_start") if plain => windows::starts,
        ("calc", "sliding window ids") => windows::numbers,
        ("group", _) if plain => windows::groups,
        ("assign", _) if plain => windows::assigned,
        ("event_time", "tumbling sum by key" | "sliding sum by key") if !case.has("purging") => windows::sums,
        ("watermark", "bounded out-of-orderness") => windows::bounded_disorder,
        ("ordered_events", "sliding collect") => windows::collected,
        ("ordered_events", "tumbling count by type") => windows::counted,
        ("steps", "windowed count" | "group by event time" | "drop_duplicates; windowed count") => {
            steps::windowed_counts
        }
        ("steps", "drop_duplicates" | "drop_duplicates(id)") => steps::distinct,
        ("microbatch", "update_state_by_key") if !case.id.ends_with("lifecycle") => micro_batches::running,
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
            (None, None) if awaited(&case).is_some() => {
                println!("{}: waits for {}", case.id, awaited(&case).unwrap_or_default())
            }
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
