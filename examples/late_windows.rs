//! Event time: records that come a little out of order still find their window; those that come too late are counted.
//!
//! `cargo run --example late_windows`
//!
//! A record may lie two seconds behind the newest one before it. What is late is decided record by record, in the order of
//! the source, so it does not depend on batches or threads.

use std::cmp::Reverse;
use streamflow::{Error, Timestamp, sink, source, stream};

/// When the reading was taken, in seconds, where, and the temperature.
type Reading = (i64, &'static str, f64);

const READINGS: [Reading; 8] = [
    (1, "cellar", 11.0),
    (4, "attic", 29.5),
    (11, "cellar", 11.5),
    (9, "attic", 30.5), // two seconds behind: in time for the window that ends at 10
    (13, "cellar", 12.0),
    (8, "attic", 99.0), // five seconds behind, and its window has been closed: late
    (24, "attic", 31.0),
    (21, "cellar", 11.0), // its window [20, 30) is still open, so it is in time
];

fn main() -> Result<(), Error> {
    let mut job = stream! {
        #![name = "late_windows"]
        source::slice(&READINGS)
            -> timestamp(|reading| Timestamp::from_secs(reading.0), disorder = 2s)
            -> key_by(|reading| reading.1)
            -> window(tumbling(10s))
            -> mean(|reading| reading.2) as temperature
            -> top(10, by = |row| Reverse(row.key))
            -> map(|row| format!("[{:>2}, {:>2})  {:6}  {:.1}", row.start.as_secs(), row.end.as_secs(), row.key, row.value))
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    let report = job.run()?;
    for (label, late) in report.late {
        println!("late for `{label}`: {late}");
    }
    Ok(())
}
