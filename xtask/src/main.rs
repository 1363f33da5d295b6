//! Chores of this repository: `cargo xtask bless`, `check`, `faults`, `instructions` and `trust`.

mod faults;
mod instructions;
mod trust;

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask TASK

  bless   runs all tests and writes what they compare with anew: compile errors, snapshots, golden files;
          look at the difference before you commit it
  check   what CI runs: `.ci/run`
  faults  simulated disks, mutants of the protocol, processes that are killed, bytes that nobody wrote: what fits into CI
  instructions
          counts what the processor executes a record in small workloads, under valgrind, and compares it with
          `benches/instructions.txt`; with `--bless` it writes that file
  trust   the same and what it costs, beside the goals of `docs/reliability.md`, as a table; about a quarter of an hour on
          two cores. `cargo xtask trust 10` makes ten times as many fault runs, `trust 0.1` a tenth
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let mut command = match task.as_str() {
        "bless" => bless(),
        "check" => Command::new(".ci/run"),
        "faults" | "trust" => {
            let times = std::env::args().nth(2).map_or(Ok(1.0), |times| times.parse());
            let Ok(times) = times else {
                eprint!("{USAGE}");
                return ExitCode::from(2);
            };
            return match task.as_str() {
                "trust" => trust::run(times),
                _ if faults::all_passed(&faults::run(times)) => ExitCode::SUCCESS,
                _ => ExitCode::FAILURE,
            };
        }
        "instructions" => {
            return match std::env::args().nth(2).as_deref() {
                None => instructions::run(false),
                Some("--bless") => instructions::run(true),
                Some(_) => {
                    eprint!("{USAGE}");
                    ExitCode::from(2)
                }
            };
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match command.current_dir(root()).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(status) => {
            eprintln!("cargo xtask {task}: ended with {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("cargo xtask {task}: cannot start {command:?}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The directory of the workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// The same cargo that runs this.
fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Each kind of test has a variable of its own.
fn bless() -> Command {
    let mut tests = cargo();
    tests.args(["test", "--workspace", "--no-fail-fast"]);
    tests.envs([("TRYBUILD", "overwrite"), ("INSTA_UPDATE", "always"), ("STREAMFLOW_BLESS", "1")]);
    tests
}
