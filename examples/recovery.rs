//! A job that goes on: each start reads the files that are new, and the counts of the days before are still there. Kill it at any
//! moment: each line of the results is there once.
//!
//! `cargo run --example recovery` shows three days. With a directory it is a program as you would write it: it counts the files `*.log`
//! in there, and shows what it keeps:
//!
//! `cargo run --example recovery -- visits`, `.. -- state list visits`, `.. -- state get /home visits`, `.. -- --help`

use std::fs;
use std::io::{stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use streamflow::cli::{self, IntoJob};
use streamflow::{file, stream};

/// Counts the visits of all files in a directory, and writes what has changed behind what is there.
fn count_visits(directory: PathBuf) -> impl IntoJob {
    stream! {
        #![name = "visits"]
        #![delivery(exactly_once)]
        #![checkpoint(directory.join("state"))]
        file::lines(directory.join("*.log"))
            -> key_by(|page| *page)
            -> count() as visits
            -> map(|row| format!("{} {}", row.key, row.value))
            -> file::write(directory.join("visits.txt"))
    }
}

#[derive(clap::Args)]
struct Arguments {
    /// Where the files are, with a page a line
    #[arg(default_value = "visits")]
    directory: PathBuf,
}

fn main() -> ExitCode {
    if std::env::args_os().len() > 1 || std::env::var_os("STREAMFLOW_EXPLAIN").is_some() {
        return cli::main(|Arguments { directory }| count_visits(directory));
    }
    match three_days() {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("recovery: {error}");
            ExitCode::FAILURE
        }
    }
}

fn three_days() -> Result<u8, std::io::Error> {
    let directory = tempfile::tempdir()?;
    let (logs, results) = (directory.path(), directory.path().join("visits.txt"));
    let mut shown = 0;
    for (day, visits) in
        [("1-monday", "/home\n/cart\n/home\n"), ("2-tuesday", "/home\n/help\n"), ("3-wednesday", "/cart\n")]
    {
        fs::write(logs.join(day).with_extension("log"), visits)?;
        // as if the program was started each day: nothing is kept in memory from one to the next
        let program = cli::Program::new(|()| count_visits(logs.to_owned()));
        let code = program.execute(["visits", "--threads", "1"], &mut stdout(), &mut stderr());
        if code != 0 {
            return Ok(code);
        }
        let text = fs::read_to_string(&results)?;
        let mut new: Vec<&str> = text.lines().skip(shown).collect();
        shown += new.len();
        new.sort();
        println!("{day}: {}", new.join(", "));
    }
    Ok(0)
}
