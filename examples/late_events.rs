//! Late events: what comes too late for its window is not lost. It is a stream of its own, with its own times, so a wider window takes it in.
//!
//! `cargo run --example late_events`
//!
//! Meters report every few seconds; one of them loses its connection and sends its readings afterwards. The minutes are shown soon
//! and without these; the hour tells how much that was.

use streamflow::{Error, Timestamp, sink, source, stream};

/// The second, the meter, and what it has used since its last reading.
#[derive(Clone, Copy, Debug)]
struct Reading {
    second: i64,
    meter: &'static str,
    watts: u64,
}

const fn reading(second: i64, meter: &'static str, watts: u64) -> Reading {
    Reading { second, meter, watts }
}

const READINGS: [Reading; 8] = [
    reading(10, "north", 40),
    reading(20, "south", 25),
    reading(65, "north", 45),
    reading(62, "north", 5), // three seconds behind: within the disorder
    reading(150, "north", 50),
    reading(30, "south", 20), // the minute of both has been shown: they are late
    reading(80, "south", 30),
    reading(170, "south", 35),
];

fn main() -> Result<(), Error> {
    let mut job = stream! {
        #![name = "late_events"]
        #![threads = 1]
        let readings = source::slice(&READINGS)
            -> map(|reading| *reading)
            -> timestamp(|reading| Timestamp::from_secs(reading.second), disorder = 5s);
        readings
            -> window(tumbling(1min))
            -> sum(|reading| reading.watts) as per_minute
            -> map(|row| format!("minute {}: {} W", row.start.as_secs() / 60, row.value))
            -> sink::stdout();
        let late_readings = late(per_minute);
        late_readings
            -> map(|reading| format!("late: second {} of {}, {} W", reading.second, reading.meter, reading.watts))
            -> sink::stdout();
        late_readings
            -> window(tumbling(1h))
            -> sum(|reading| reading.watts) as missed
            -> map(|row| format!("hour {}: {} W are missing in its minutes", row.start.as_secs() / 3600, row.value))
            -> sink::stdout();
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
