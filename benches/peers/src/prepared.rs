//! A workload with its input in memory, ready to run on one engine.

use crate::check::Verified;
use crate::options::{Engine, Task, Workload};
use crate::workloads::nexmark::Event;
use crate::workloads::{Checksum, How, Start, nexmark, w1_fused_chain, w2_word_count, w3_tumbling, w4_sliding};
use crate::{check, on_renoir, on_timely, workloads};
use std::collections::HashMap;
use std::fmt::Display;
use streamflow::{Error, sink};

pub struct Prepared {
    /// How many records a run takes.
    pub events: u64,
    /// Runs so that all that can be compared is compared.
    pub verify: Box<dyn Fn() -> Result<Verified, String>>,
    /// What is timed. The same number each time.
    pub run: Box<dyn Fn() -> Result<u64, String>>,
}

impl Prepared {
    pub fn new(task: &Task) -> Self {
        let size = |full: usize| (full as f64 * task.scale) as usize;
        match task.workload {
            // engines that run what lives as long as the program are given such input
            Workload::W1 => w1(task, w1_fused_chain::input(size(20_000_000)).leak()),
            Workload::W2 => w2(task, w2_word_count::input(size(20_000_000)).leak()),
            Workload::W3 => w3(task, workloads::records(size(10_000_000)).leak()),
            Workload::W4 => w4(task, workloads::records(size(10_000_000)).leak()),
            query => queries(task, query, nexmark::events(size(5_000_000)).leak()),
        }
    }

    /// Whose result is whole, and the same in any run.
    fn exact(events: usize, run: impl Fn() -> Result<u64, String> + Clone + 'static) -> Self {
        let verified = run.clone();
        Prepared { events: events as u64, verify: Box::new(move || verified().map(Verified::all)), run: Box::new(run) }
    }
}

fn w1(task: &Task, numbers: &'static [u64]) -> Prepared {
    let threads = task.threads;
    let events = numbers.len();
    match task.engine {
        Engine::Hand => Prepared::exact(events, || Ok(w1_fused_chain::hand(numbers))),
        Engine::StreamFlow => {
            Prepared::exact(events, move || ours(w1_fused_chain::pipeline(numbers, &How::threads(threads))))
        }
        Engine::Renoir => Prepared::exact(events, move || on_renoir::fused_chain(numbers, threads)),
        Engine::Timely => Prepared::exact(events, move || on_timely::fused_chain(numbers, threads)),
    }
}

fn w2(task: &Task, text: &'static str) -> Prepared {
    let threads = task.threads;
    let events = text.split_ascii_whitespace().count();
    match task.engine {
        Engine::Hand => Prepared::exact(events, || Ok(w2_word_count::hand(text).checksum())),
        Engine::StreamFlow => Prepared {
            // what is timed tells the counts to nobody, so its result is only how many words there are
            verify: Box::new(move || ours(w2_word_count::verified(text, &How::threads(threads))).map(Verified::all)),
            ..Prepared::exact(events, move || ours(w2_word_count::pipeline(text, &How::threads(threads))))
        },
        Engine::Renoir => Prepared::exact(events, move || on_renoir::word_count(text, threads)),
        Engine::Timely => Prepared::exact(events, move || on_timely::word_count(text, threads)),
    }
}

fn w3(task: &Task, records: &'static [workloads::Record]) -> Prepared {
    let threads = task.threads;
    let events = records.len();
    match task.engine {
        Engine::Hand => Prepared::exact(events, || Ok(w3_tumbling::hand(records))),
        Engine::StreamFlow => {
            Prepared::exact(events, move || ours(w3_tumbling::pipeline(records, &How::threads(threads))))
        }
        Engine::Renoir => Prepared {
            verify: Box::new(move || {
                Verified::rows(on_renoir::tumbling_rows(records, threads)?, check::tumbling(records))
            }),
            ..Prepared::exact(events, move || on_renoir::tumbling(records, threads))
        },
        Engine::Timely => Prepared::exact(events, move || on_timely::tumbling(records, threads)),
    }
}

fn w4(task: &Task, records: &'static [workloads::Record]) -> Prepared {
    let threads = task.threads;
    let events = records.len();
    match task.engine {
        Engine::Hand => Prepared::exact(events, || Ok(w4_sliding::hand(records))),
        Engine::StreamFlow => {
            Prepared::exact(events, move || ours(w4_sliding::pipeline(records, &How::threads(threads))))
        }
        Engine::Renoir => Prepared {
            verify: Box::new(move || {
                Verified::rows(on_renoir::sliding_rows(records, threads)?, check::sliding(records))
            }),
            ..Prepared::exact(events, move || on_renoir::sliding(records, threads))
        },
        Engine::Timely => Prepared::exact(events, move || on_timely::sliding(records, threads)),
    }
}

/// A loop by hand.
type Hand = fn(&[Event]) -> u64;
/// A pipeline of StreamFlow.
type Ours = fn(&[Event], &Start<'_>) -> Result<u64, Error>;
/// The query on another engine, on so many threads.
type Theirs = fn(&'static [Event], usize) -> Result<u64, String>;

fn queries(task: &Task, query: Workload, events: &'static [Event]) -> Prepared {
    macro_rules! rows_of {
        ($query:ident) => {
            |events, start| {
                let mut checksum = 0;
                nexmark::$query::flow(events, start, Checksum(&mut checksum)).map(|_| checksum)
            }
        };
    }
    macro_rules! query {
        ($query:ident, $ours:expr) => {
            (nexmark::$query::hand, $ours, on_renoir::nexmark::$query, on_timely::nexmark::$query)
        };
    }
    let (hand, ours, renoir, timely): (Hand, Ours, Theirs, Theirs) = match query {
        Workload::Q1 => query!(q1, rows_of!(q1)),
        Workload::Q2 => query!(q2, rows_of!(q2)),
        Workload::Q3 => query!(q3, rows_of!(q3)),
        Workload::Q4 => query!(q4, last_averages),
        Workload::Q5 => query!(q5, rows_of!(q5)),
        Workload::Q7 => query!(q7, rows_of!(q7)),
        Workload::Q8 => query!(q8, rows_of!(q8)),
        Workload::W1 | Workload::W2 | Workload::W3 | Workload::W4 => unreachable!("no query"),
    };
    let threads = task.threads;
    let records = events.len();
    match task.engine {
        Engine::Hand => Prepared::exact(records, move || Ok(hand(events))),
        Engine::StreamFlow => Prepared::exact(records, move || {
            let how = How::threads(threads);
            ours(events, &Start::from(&how)).map_err(|error| error.to_string())
        }),
        Engine::Renoir => Prepared::exact(records, move || renoir(events, threads)),
        Engine::Timely => Prepared::exact(records, move || timely(events, threads)),
    }
}

/// An average is told whenever it has changed.
fn last_averages(events: &[Event], start: &Start<'_>) -> Result<u64, Error> {
    let mut latest = HashMap::new();
    nexmark::q4::flow(events, start, sink::for_each_batch(|_, rows: Vec<nexmark::q4::Row>| latest.extend(rows)))?;
    Ok(nexmark::q4::checksum(latest.into_iter()))
}

fn ours(outcome: Result<workloads::Outcome, impl Display>) -> Result<u64, String> {
    outcome.map(|outcome| outcome.checksum).map_err(|error| error.to_string())
}
