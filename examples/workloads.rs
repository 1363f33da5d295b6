//! The workloads that `cargo bench --bench table` measures, on a small input, with their results: windows over measurements, and the
//! queries of the Nexmark benchmark over an auction house.
//!
//! `cargo run --release --example workloads [WORKLOAD] [EVENTS]`, such as `.. q5 20000`
//!
//! The pipelines stand in `benches/workloads`, one a file, each with a plain loop that computes the same. Here each is run, and the first
//! of its rows are shown in order.

#[path = "../benches/support/mod.rs"]
mod support;
#[path = "../benches/workloads/mod.rs"]
mod workloads;

use std::fmt::Debug;
use std::process::ExitCode;
use std::time::Duration;
use streamflow::sink::{Collect, collect};
use streamflow::testing::ManualClock;
use streamflow::{Error, Report};
use workloads::nexmark::{self, Event, q0, q1, q2, q3, q4, q5, q7, q8, q11, q12};
use workloads::{How, Record, Start, w1_fused_chain, w2_word_count, w3_tumbling, w4_sliding};

/// How many events are read when nothing is said.
const EVENTS: usize = 20_000;
/// How many rows are shown.
const ROWS: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (wanted, events) = match arguments.as_slice() {
        [] => (None, Some(EVENTS)),
        [workload] => (Some(workload.as_str()), Some(EVENTS)),
        [workload, events] => (Some(workload.as_str()), events.parse().ok()),
        _ => (None, None),
    };
    let Some(events) = events else {
        eprintln!("usage: workloads [WORKLOAD] [EVENTS]");
        return ExitCode::from(2);
    };
    match run(wanted, events) {
        Ok(0) => {
            eprintln!("workloads: there are w1 to w4, q0 to q5, q7, q8, q11 and q12");
            ExitCode::from(2)
        }
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("workloads: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the workload with a name, or all; how many there were.
fn run(wanted: Option<&str>, events: usize) -> Result<usize, Error> {
    let records: Vec<Record> = workloads::records(events);
    let numbers = w1_fused_chain::input(events);
    let text = w2_word_count::input(events);
    let auctions: Vec<Event> = nexmark::events(events);
    let mut shown = 0;
    let mut show = |name: &str, title: &str, run: &dyn Fn(&Start<'_>) -> Result<(), Error>| {
        if wanted.is_some_and(|wanted| wanted != name) {
            return Ok(());
        }
        shown += 1;
        let explain = std::env::var_os("STREAMFLOW_EXPLAIN").is_some();
        if !explain {
            println!("{name}: {title}");
        }
        // the clock stands, so that windows by the clock are always the same
        let clock = Some(ManualClock::at(Duration::from_secs(1_767_225_600)));
        run(&Start { how: How::threads(2), clock, explain })
    };
    macro_rules! workload {
        ($module:ident, $title:literal, $input:expr) => {
            let name = stringify!($module).split('_').next().unwrap_or_default();
            show(name, $title, &|start| first_rows(start.explain, |rows| $module::flow($input, start, rows)))?;
        };
    }
    workload!(w1_fused_chain, "the sum of the numbers that pass", &numbers);
    workload!(w2_word_count, "words, as hashes, and how often they occur", &text);
    workload!(w3_tumbling, "count, sum and maximum of each second", &records);
    workload!(w4_sliding, "key, begin of the window, sum of ten seconds", &records);
    workload!(q0, "auction, bidder, price and time of all bids", &auctions);
    workload!(q1, "the same in another currency", &auctions);
    workload!(q2, "bids for some auctions: auction, price", &auctions);
    workload!(q3, "who sells what in three states: name, city, state, auction", &auctions);
    workload!(q4, "category and average price", &auctions);
    workload!(q5, "begin of the window, hottest auction, bids", &auctions);
    workload!(q7, "auction, bidder, price and time of the highest bids", &auctions);
    workload!(q8, "who came and opened an auction: id, name, begin of the window", &auctions);
    workload!(q11, "bidder, bids, begin and end of the session", &auctions);
    workload!(q12, "bidder and bids, by the clock", &auctions);
    Ok(shown)
}

/// Runs a pipeline and shows the first of its rows, and how many there are.
fn first_rows<R: Debug + Send + PartialOrd>(
    explain: bool,
    flow: impl FnOnce(Collect<R>) -> Result<Option<Report>, Error>,
) -> Result<(), Error> {
    let collected = collect();
    flow(collected.clone())?;
    if explain {
        println!();
        return Ok(());
    }
    let mut rows = collected.take();
    rows.sort_by(|a, b| a.partial_cmp(b).expect("rows have an order"));
    rows.iter().take(ROWS).for_each(|row| println!("  {row:?}"));
    println!("  {} rows", rows.len());
    Ok(())
}
