//! The smallest pipeline: words of two lines, counted.
//!
//! `cargo run --example hello`

use std::cmp::Reverse;
use streamflow::{Error, sink, source, stream};

fn main() -> Result<(), Error> {
    let text = vec!["to be or not to be", "that is the question"];
    let mut job = stream! {
        #![name = "hello"]
        source::vec(text)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> top(3, by = |row| (row.value, Reverse(row.key)))
            -> sink::stdout()
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.run()?;
    Ok(())
}
