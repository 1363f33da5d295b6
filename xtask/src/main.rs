//! Chores of this repository: `cargo xtask bless`, `cargo xtask check`.

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask TASK

  bless   runs all tests and writes what they compare with anew: compile errors, snapshots, golden files;
          look at the difference before you commit it
  check   what CI runs: `.ci/run`
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let mut command = match task.as_str() {
        "bless" => bless(),
        "check" => Command::new(".ci/run"),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match command.current_dir(root).status() {
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

/// Each kind of test has a variable of its own.
fn bless() -> Command {
    let mut tests = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tests.args(["test", "--workspace", "--no-fail-fast"]);
    tests.envs([("TRYBUILD", "overwrite"), ("INSTA_UPDATE", "always"), ("STREAMFLOW_BLESS", "1")]);
    tests
}
