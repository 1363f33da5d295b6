//! A guard of the speed: instructions a record of the workloads in small, compared with those that were committed.
//!
//! Instructions are no times. A change may execute more of them and be faster, or wait longer for memory with the same; benches say so. But they
//! are the same from run to run, so that a loss is seen on any machine and at the change that brings it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// What was committed, from the root of the workspace.
const BASELINE: &str = "benches/instructions.txt";
/// A difference that means something. Compilers lay the same source out anew at any change of it.
const MEANS: f64 = 0.05;

/// Instructions a record, by workload.
type Counts = BTreeMap<String, f64>;

/// What the comparison has found.
#[derive(Debug, Default, PartialEq)]
struct Verdict {
    lines: Vec<String>,
    /// Something has grown, or cannot be compared.
    failed: bool,
    /// Something has shrunk so much that the baseline no longer guards it.
    shrunk: bool,
}

/// Counts and compares; with `bless` writes down what has been counted.
pub fn run(bless: bool) -> ExitCode {
    match count().and_then(|counted| if bless { write(&counted) } else { judge(&counted) }) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("cargo xtask instructions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(counted: &Counts) -> Result<bool, String> {
    let mut text = "# instructions a record, one thread: written by `cargo xtask instructions --bless`\n".to_owned();
    for (name, count) in counted {
        let _ = writeln!(text, "{name} {count:.2}");
    }
    print!("{text}");
    std::fs::write(crate::root().join(BASELINE), text).map_err(|error| format!("cannot write {BASELINE}: {error}"))?;
    Ok(true)
}

fn judge(counted: &Counts) -> Result<bool, String> {
    let path = crate::root().join(BASELINE);
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("cannot read {}: {error}; `cargo xtask instructions --bless` writes it", path.display())
    })?;
    let verdict = compare(&read(&text)?, counted);
    println!("{:<16}{:>12}{:>12}", "workload", "committed", "counted");
    verdict.lines.iter().for_each(|line| println!("{line}"));
    if verdict.failed {
        println!(
            "\nAt most {:.0} % more are allowed. If the change is worth it, or the compiler is another one, say so: \
             `cargo xtask instructions --bless`, and commit {BASELINE}.",
            MEANS * 100.0
        );
    } else if verdict.shrunk {
        println!("\nFewer than before: `cargo xtask instructions --bless`, so that they stay so.");
    }
    Ok(!verdict.failed)
}

fn read(text: &str) -> Result<Counts, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let count = words.next().zip(words.next().and_then(|count| count.parse().ok()));
            count
                .map(|(name, count)| (name.to_owned(), count))
                .ok_or_else(|| format!("{BASELINE} has a line that is no workload and its count: `{line}`"))
        })
        .collect()
}

fn compare(committed: &Counts, counted: &Counts) -> Verdict {
    let mut verdict = Verdict::default();
    for (name, now) in counted {
        verdict.lines.push(match committed.get(name) {
            Some(before) => {
                let change = now / before - 1.0;
                let word = match change {
                    change if change > MEANS => "MORE",
                    change if change < -MEANS => "fewer",
                    _ => "",
                };
                verdict.failed |= change > MEANS;
                verdict.shrunk |= change < -MEANS;
                format!("{name:<16}{before:>12.2}{now:>12.2}{:>+8.1} % {word}", change * 100.0).trim_end().to_owned()
            }
            None => {
                verdict.failed = true;
                format!("{name:<16}{:>12}{now:>12.2}  NEW", "")
            }
        });
    }
    for (name, before) in committed.iter().filter(|(name, _)| !counted.contains_key(*name)) {
        verdict.failed = true;
        verdict.lines.push(format!("{name:<16}{before:>12.2}{:>12}  GONE", ""));
    }
    verdict
}

fn count() -> Result<Counts, String> {
    let program = build()?;
    let names = output(&mut Command::new(&program))?;
    names.lines().map(|name| Ok((name.to_owned(), of(&program, name)?))).collect()
}

/// The runner of the workloads, built as benches are.
fn build() -> Result<PathBuf, String> {
    let mut cargo = crate::cargo();
    cargo.args(["bench", "--quiet", "--no-run", "--bench", "instructions", "--message-format=json"]);
    let messages = output(cargo.current_dir(crate::root()))?;
    let path = messages.lines().rev().find_map(|line| line.split_once("\"executable\":\"")?.1.split('"').next());
    path.map(PathBuf::from).ok_or_else(|| "cargo has not said what it has built".to_owned())
}

/// Instructions a record of one workload.
fn of(program: &Path, name: &str) -> Result<f64, String> {
    let file = program.with_file_name(format!("{name}.callgrind"));
    let mut out = std::ffi::OsString::from("--callgrind-out-file=");
    out.push(&file);
    let mut valgrind = Command::new("valgrind");
    // only inside `counted`: not while the input is made
    valgrind.args(["--quiet", "--tool=callgrind", "--toggle-collect=*instructions*counted*"]).arg(out);
    let records = output(valgrind.arg(program).arg(name))?;
    let records: f64 = records.trim().parse().map_err(|_| format!("{name} has said `{records}`, not its records"))?;
    let profile = std::fs::read_to_string(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    let counted =
        profile.lines().find_map(|line| line.strip_prefix("summary: ")).and_then(|sum| sum.trim().parse().ok());
    match counted {
        Some(0.0) | None => Err(format!("{} counts nothing: is `counted` still a function?", file.display())),
        Some(counted) => Ok(counted / records),
    }
}

fn output(command: &mut Command) -> Result<String, String> {
    let done = command.stderr(std::process::Stdio::inherit()).output().map_err(|error| {
        let help = if command.get_program() == "valgrind" { "; `.ci/valgrind` installs it" } else { "" };
        format!("cannot start {command:?}: {error}{help}")
    })?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    if done.status.success() { Ok(text) } else { Err(format!("{command:?} ended with {}", done.status)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, f64)]) -> Counts {
        of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    /// Committed against counted: has it failed, has it shrunk?
    fn verdict(committed: &[(&str, f64)], counted: &[(&str, f64)]) -> (bool, bool) {
        let Verdict { failed, shrunk, .. } = compare(&counts(committed), &counts(counted));
        (failed, shrunk)
    }

    #[test]
    fn more_than_five_in_a_hundred_fail() {
        assert_eq!(verdict(&[("w1", 100.0), ("w2", 10.0)], &[("w1", 104.9), ("w2", 10.0)]), (false, false));
        assert_eq!(verdict(&[("w1", 100.0), ("w2", 10.0)], &[("w1", 105.1), ("w2", 10.0)]), (true, false));
    }

    #[test]
    fn fewer_are_told_and_let_pass() {
        assert_eq!(verdict(&[("w1", 100.0)], &[("w1", 95.1)]), (false, false));
        assert_eq!(verdict(&[("w1", 100.0)], &[("w1", 94.9)]), (false, true));
        // what one workload saves pays for no other
        assert_eq!(verdict(&[("w1", 100.0), ("w2", 10.0)], &[("w1", 50.0), ("w2", 11.0)]), (true, true));
    }

    #[test]
    fn a_workload_that_is_on_one_side_alone_fails() {
        assert_eq!(verdict(&[], &[("w1", 1.0)]), (true, false));
        assert_eq!(verdict(&[("w1", 1.0)], &[]), (true, false));
    }

    #[test]
    fn a_file_is_read_as_it_is_written() {
        let text = "# words\nw1 12.34\n\nsmall 5.00\n";
        assert_eq!(read(text), Ok(counts(&[("w1", 12.34), ("small", 5.0)])));
        for bad in ["w1", "w1 twelve", "12.34"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
