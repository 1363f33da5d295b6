//! A job that goes on: each start reads the files that are new, and the counts of the days before are still there. Kill it at any
//! moment: each line of the results is there once.
//!
//! `cargo run --example recovery`

use std::fs;
use std::path::Path;
use streamflow::{file, stream};

/// Counts the visits of all files in a directory, and writes what has changed behind what is there.
fn count_visits(directory: &Path) -> Result<(), streamflow::Error> {
    let mut job = stream! {
        #![name = "visits"]
        #![delivery(exactly_once)]
        #![checkpoint(directory.join("state"))]
        file::lines(directory.join("*.log"))
            -> key_by(|page| *page)
            -> count() as visits
            -> map(|row| format!("{} {}", row.key, row.value))
            -> file::write(directory.join("visits.txt"))
    };
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        print!("{}", job.explain());
        return Ok(());
    }
    job.threads(1).run().map(drop)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        return Ok(count_visits(Path::new("visits"))?);
    }
    let directory = tempfile::tempdir()?;
    let (logs, results) = (directory.path(), directory.path().join("visits.txt"));
    let mut shown = 0;
    for (day, visits) in
        [("1-monday", "/home\n/cart\n/home\n"), ("2-tuesday", "/home\n/help\n"), ("3-wednesday", "/cart\n")]
    {
        fs::write(logs.join(day).with_extension("log"), visits)?;
        // nothing is kept in memory from one day to the next
        count_visits(logs)?;
        let text = fs::read_to_string(&results)?;
        let mut new: Vec<&str> = text.lines().skip(shown).collect();
        shown += new.len();
        new.sort();
        println!("{day}: {}", new.join(", "));
    }
    Ok(())
}
