//! The workloads of the benches on other engines, side by side with StreamFlow: same input, same checksum.
//!
//! `cargo run --release` in this directory runs all and prints a table; `README.md` says what may be compared.

#[path = "../../support/mod.rs"]
mod support;
#[path = "../../workloads/mod.rs"]
mod workloads;

mod check;
mod compare;
mod nexmark;
mod on_renoir;
mod on_timely;
mod options;
mod prepared;
mod shares;
mod table;
mod word;
mod worker;

use options::{Command, Options};
use std::process::ExitCode;

// the same for all engines
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Compare(options)) => compare::compare(&options),
        Ok(Command::Work(task)) => worker::work(&task),
        Ok(Command::Help) => {
            print!("{}", Options::HELP);
            Ok(())
        }
        Err(wrong) => Err(format!("{wrong}\n\n{}", Options::HELP)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}
