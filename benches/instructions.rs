//! The workloads in small, for `cargo xtask instructions`, which counts what the processor executes in [`counted`] under valgrind: counts are
//! the same on a busy machine, where times are not.
//!
//! `instructions NAME` runs one of them and prints how many records it had; without a name their names are printed. Not a bench to look at: on
//! one thread, without a checkpoint, nothing is timed.

mod support;
mod workloads;

use std::hint::black_box;
use streamflow::{Error, sink, source, stream};
use workloads::{How, w1_fused_chain, w2_word_count, w3_tumbling, w4_sliding};

/// Records of a workload: so many that the start of a job does not show.
const RECORDS: usize = 500_000;
const SMALL: usize = 100;

/// What is counted. A name of its own for valgrind, so it must stay one.
#[inline(never)]
fn counted<T>(run: impl FnOnce() -> T) -> T {
    black_box(run())
}

/// Batches so small that what a batch costs shows, not what a record does.
fn small_batches(batches: Vec<Vec<u64>>) -> Result<(), Error> {
    stream! { source::batches(batches) -> key_by(|n| *n % 1_000) -> count() as counts -> sink::discard() }
        .threads(1)
        .seed(1)
        .signals(false)
        .run()
        .map(drop)
}

fn w1() -> Result<(), Error> {
    let numbers = w1_fused_chain::input(RECORDS);
    counted(|| w1_fused_chain::pipeline(&numbers, &How::threads(1))).map(drop)
}

fn w2() -> Result<(), Error> {
    let text = w2_word_count::input(RECORDS);
    counted(|| w2_word_count::pipeline(&text, &How::threads(1))).map(drop)
}

fn w3() -> Result<(), Error> {
    let records = workloads::records(RECORDS);
    counted(|| w3_tumbling::pipeline(&records, &How::threads(1))).map(drop)
}

fn w4() -> Result<(), Error> {
    let records = workloads::records(RECORDS);
    counted(|| w4_sliding::pipeline(&records, &How::threads(1))).map(drop)
}

fn small() -> Result<(), Error> {
    let numbers: Vec<u64> = (0..RECORDS as u64).collect();
    let batches = numbers.chunks(SMALL).map(<[u64]>::to_vec).collect();
    counted(|| small_batches(batches))
}

type Run = fn() -> Result<(), Error>;

fn main() -> Result<(), Error> {
    let all: [(&str, Run); 5] = [("w1", w1), ("w2", w2), ("w3", w3), ("w4", w4), ("small_batches", small)];
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    for (name, run) in all {
        match &asked {
            None => println!("{name}"),
            Some(asked) if asked == name => {
                run()?;
                println!("{RECORDS}");
            }
            Some(_) => {}
        }
    }
    Ok(())
}
