//! The smallest pipeline: words of two lines, counted.
//!
//! `cargo run --example hello`

use streamflow::{sink, source, stream};

fn main() -> Result<(), streamflow::Error> {
    let text = vec!["to be or not to be", "that is the question"];
    stream! {
        #![name = "hello"]
        source::vec(text)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> top(3, by = |row| (row.value, std::cmp::Reverse(row.key)))
            -> sink::stdout()
    }
    .run()?;
    Ok(())
}
