//! Which auctions are hot? Counts the bids for each auction in sliding windows and shows the five best of each.
//!
//! `cargo run --release --example auctions [--limit EVENTS]`
//!
//! The events come from the Nexmark benchmark's generator, 10,000 a second: persons, auctions, and mostly bids, a little
//! out of order. With a limit the events begin in 2026, so that the output is always the same; without one they begin
//! now and never end: stop with Ctrl-C.

use nexmark::EventGenerator;
use nexmark::config::NexmarkConfig;
use nexmark::event::Event;
use std::cell::Cell;
use std::cmp::Reverse;
use std::process::ExitCode;
use std::time::SystemTime;
use streamflow::{Error, Timestamp, sink, source, stream};

/// Events a second, and the rate at which the generator stamps them.
const RATE: u64 = 10_000;
/// 2026-01-01T00:00:00Z
const FIXED_START: Timestamp = Timestamp::from_secs(1_767_225_600);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let limit = match arguments.as_slice() {
        [] => Some(None),
        [option, events] if option == "--limit" => events.parse().ok().map(Some),
        _ => None,
    };
    let Some(limit) = limit else {
        eprintln!("usage: auctions [--limit EVENTS]");
        return ExitCode::from(2);
    };
    match run(limit) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("auctions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(limit: Option<u64>) -> Result<(), Error> {
    let start = if limit.is_some() { FIXED_START } else { SystemTime::now().into() };
    let events = source::generate(RATE, move |number| event(number, start));
    let events = match limit {
        Some(limit) => events.limit(limit),
        None => events,
    };
    let mut job = stream! {
        #![name = "auctions"]
        events
            -> filter_map(|event| match event { Event::Bid(bid) => Some(bid), _ => None })
            -> timestamp(|bid| Timestamp::from_millis(bid.date_time as i64), disorder = 1s)
            -> key_by(|bid| bid.auction)
            -> window(sliding(10s, every = 1s))
            -> count() as bids
            -> top(5, by = |row| (row.value, Reverse(row.key)))
            -> map(|row| format!("{}  {:>7}  {:>6}", row.end, row.key, row.value))
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    println!("10 s before           auction    bids");
    let report = job.run()?;
    eprintln!("{report}");
    Ok(())
}

/// Event `number` of the benchmark. The generator steps through its events; here any thread may ask for any of them, so each
/// thread keeps one and moves it.
fn event(number: u64, start: Timestamp) -> Event {
    thread_local! {
        static GENERATOR: Cell<Option<EventGenerator>> = const { Cell::new(None) };
    }
    let generator = GENERATOR.take().unwrap_or_else(|| {
        EventGenerator::new(NexmarkConfig {
            base_time: start.as_millis() as u64,
            out_of_order_group_size: 100,
            first_rate: RATE as usize,
            next_rate: RATE as usize,
            ..NexmarkConfig::default()
        })
    });
    let mut generator = generator.with_offset(number);
    let event = generator.next().expect("the benchmark has an event for every number");
    GENERATOR.set(Some(generator));
    event
}
