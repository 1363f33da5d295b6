//! Spark's classic: counts the words that a TCP server sends, second by second.
//!
//! Start a server that sends what you type, `nc -lk 9999`, and then
//!
//! `cargo run --example network_word_count localhost 9999`
//!
//! A batch is formed every second, and a window of the batch clock holds the records of one second. The table shows
//! the latest second that had words. The job ends when the server closes the connection, or with Ctrl-C.

use std::cmp::Reverse;
use std::error::Error as _;
use std::process::ExitCode;
use streamflow::{Error, sink, stream, tcp};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, port] = arguments.as_slice() else {
        eprintln!("usage: network_word_count HOST PORT");
        return ExitCode::from(2);
    };
    match run(&format!("{host}:{port}")) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map_or(String::new(), |cause| format!(" ({cause})"));
            eprintln!("network_word_count: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(address: &str) -> Result<(), Error> {
    let mut job = stream! {
        #![name = "network_word_count"]
        #![batch(every = 1s)]
        tcp::lines(address)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> window(tumbling(1s, clock = processing))
            -> count() as words
            -> top(10, by = |row| (row.value, Reverse(row.key)))
            -> map(|row| (row.value, row.key))
            -> sink::table(["count", "word"])
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    let report = job.run()?;
    eprintln!("{report}");
    Ok(())
}
