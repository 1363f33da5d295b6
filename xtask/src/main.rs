//! Chores of this repository: `cargo xtask bless`, `cargo xtask check`, `cargo xtask trust`.

use std::path::Path;
use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask TASK

  bless   runs all tests and writes what they compare with anew: compile errors, snapshots, golden files;
          look at the difference before you commit it
  check   what CI runs: `.ci/run`
  trust   the long fault runs: simulated disks, mutants of the protocol, processes that are killed; prints what was run.
          `cargo xtask trust 10` makes ten times as many runs
";

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let mut command = match task.as_str() {
        "bless" => bless(),
        "check" => Command::new(".ci/run"),
        "trust" => return trust(std::env::args().nth(2).and_then(|times| times.parse().ok()).unwrap_or(1)),
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

/// Runs of a kind: the package and its test target, a part of the names of the tests, and the variable that says how many.
const FAULTS: &[(&str, &[&str], &str, u64)] = &[
    (
        "the commit log on a disk that fails",
        &["-p", "streamflow", "--lib", "commit::simulation::nothing_is_lost"],
        "SEEDS",
        20_000,
    ),
    ("the commit log on a disk that rots", &["-p", "streamflow", "--lib", "commit::simulation::rot"], "SEEDS", 20_000),
    ("mutants of the protocol", &["-p", "streamflow", "--lib", "mutants"], "", 1),
    ("every byte of a checkpoint changed", &["-p", "streamflow", "--lib", "commit::damage"], "", 1),
    ("whole jobs on a disk that fails", &["--test", "recovery", "simulation"], "STREAMFLOW_SEEDS", 20_000),
    ("real processes, killed", &["--test", "recovery", "kill"], "STREAMFLOW_KILLS", 2_000),
];

/// The long fault runs, in a release build: one after the other, each with the lines it prints.
fn trust(times: u64) -> ExitCode {
    let mut failed = vec![];
    for (what, arguments, variable, runs) in FAULTS {
        println!("\n==> {what}");
        let mut test = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        test.args(["test", "--release", "--quiet"]).args(*arguments).args(["--", "--nocapture"]);
        if !variable.is_empty() {
            test.env(variable, (runs * times).to_string());
        }
        let began = std::time::Instant::now();
        if !test.status().is_ok_and(|status| status.success()) {
            failed.push(*what);
        }
        println!("    {:.0} s", began.elapsed().as_secs_f64());
    }
    if failed.is_empty() {
        println!("\n==> nothing was lost, repeated or silently wrong");
        return ExitCode::SUCCESS;
    }
    println!("\n==> failed: {}", failed.join(", "));
    ExitCode::FAILURE
}
