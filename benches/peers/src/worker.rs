//! The process of one engine: prepares the input, says what the results come to, and runs whenever it is told to.

use crate::options::Task;
use crate::prepared::Prepared;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use rustix::time::{ClockId, clock_gettime};
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

/// One line a run: `wall-nanoseconds processor-nanoseconds`. Before that one line `events checksum rows missing`.
pub fn work(task: &Task) -> Result<(), String> {
    let prepared = Prepared::new(task);
    stay_on(task.threads)?;
    let verified = (prepared.verify)()?;
    let expected = (prepared.run)();
    let mut answers = std::io::stdout().lock();
    let mut answer = |line: String| {
        writeln!(answers, "{line}").and_then(|()| answers.flush()).map_err(|error| format!("cannot answer: {error}"))
    };
    answer(format!("{} {} {} {}", prepared.events, verified.checksum, verified.rows, verified.missing))?;
    for line in std::io::stdin().lock().lines() {
        line.map_err(|error| format!("cannot be told to run: {error}"))?;
        let (began, before) = (Instant::now(), processor_time());
        let checksum = (prepared.run)();
        let (wall, processor) = (began.elapsed(), processor_time() - before);
        // which rows are missing may differ from run to run
        if checksum != expected && verified.missing == 0 {
            return Err("another result than in the first run".to_owned());
        }
        answer(format!("{} {}", wall.as_nanos(), processor.as_nanos()))?;
    }
    Ok(())
}

/// Engines differ in how many threads they start when they are told to use one: without this, one of them would be given two processors.
fn stay_on(processors: usize) -> Result<(), String> {
    let failed = |error: rustix::io::Errno| format!("cannot choose processors: {error}");
    let allowed = sched_getaffinity(None).map_err(failed)?;
    let mut chosen = CpuSet::new();
    // the first one is mostly that of the interrupts
    let last = (0..CpuSet::MAX_CPU).rev().filter(|processor| allowed.is_set(*processor)).take(processors);
    last.for_each(|processor| chosen.set(processor));
    if (chosen.count() as usize) < processors {
        return Err(format!("{processors} processors are asked for, {} may be used", chosen.count()));
    }
    sched_setaffinity(None, &chosen).map_err(failed)
}

/// Of all threads of this process.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
