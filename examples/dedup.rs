//! Duplicates: messages that are sent again within a minute are let through once. The memory is bounded: what lies further back
//! than the watermark is forgotten.
//!
//! `cargo run --example dedup`

use streamflow::{Timestamp, sink, source, stream};

struct Message {
    second: i64,
    id: u32,
    text: &'static str,
}

const MESSAGES: [Message; 7] = [
    Message { second: 0, id: 1, text: "one" },
    Message { second: 2, id: 2, text: "two" },
    Message { second: 5, id: 1, text: "one, sent again" },
    Message { second: 30, id: 2, text: "two, sent again" },
    Message { second: 90, id: 3, text: "three" },
    Message { second: 200, id: 1, text: "another one, with a number that is free again" },
    Message { second: 201, id: 3, text: "another three" },
];

fn main() -> Result<(), streamflow::Error> {
    let mut job = stream! {
        #![name = "dedup"]
        // small batches, so that numbers are forgotten on the way
        #![batch(bytes = 64)]
        source::slice(&MESSAGES)
            -> timestamp(|message| Timestamp::from_secs(message.second), disorder = 10s)
            -> dedup(|message| message.id, within = 1min) as messages
            -> map(|message| format!("{:>3} s  {}", message.second, message.text))
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
