//! The fault runs, in a release build: seeds, kills, changed bytes. `.ci/run` runs them at a size that fits into a gate, `cargo xtask trust` more
//! of them.

use std::process::{Command, Output};
use std::time::Instant;

/// Runs of one kind: the package and its test target, and a part of the names of the tests.
struct Kind {
    what: &'static str,
    target: &'static [&'static str],
    tests: &'static str,
    /// The variable that says how many are run, and how many that is in a gate.
    count: Option<(&'static str, u64)>,
}

const LOG: &[&str] = &["-p", "streamflow", "--lib"];
const JOBS: &[&str] = &["--test", "recovery"];
const MACRO: &[&str] = &["-p", "streamflow-macros", "--lib"];

const KINDS: &[Kind] = &[
    Kind {
        what: "the commit log on a disk that fails",
        target: LOG,
        tests: "commit::simulation::nothing_is_lost",
        count: Some(("SEEDS", 200_000)),
    },
    Kind {
        what: "the commit log on a disk that rots",
        target: LOG,
        tests: "commit::simulation::rot",
        count: Some(("SEEDS", 100_000)),
    },
    Kind {
        what: "a death in every call of the commit log",
        target: LOG,
        tests: "commit::simulation::the_process",
        count: Some(("CRASH_POINTS", 20_000)),
    },
    Kind { what: "mutants of the protocol", target: LOG, tests: "mutants", count: None },
    Kind { what: "every byte of a checkpoint changed", target: LOG, tests: "commit::damage", count: None },
    Kind {
        what: "whole jobs on a disk that fails",
        target: JOBS,
        tests: "simulation::whatever",
        count: Some(("STREAMFLOW_SEEDS", 30_000)),
    },
    Kind {
        what: "whole jobs on a disk that rots",
        target: JOBS,
        tests: "simulation::rotten",
        count: Some(("STREAMFLOW_SEEDS", 20_000)),
    },
    // so many of each of two jobs
    Kind {
        what: "real processes, killed",
        target: JOBS,
        tests: "survive_kills",
        count: Some(("STREAMFLOW_KILLS", 2_000)),
    },
    Kind {
        what: "received records on a disk that fails",
        target: JOBS,
        tests: "received::",
        count: Some(("STREAMFLOW_SEEDS", 5_000)),
    },
    Kind {
        what: "real receivers, killed",
        target: JOBS,
        tests: "killed_receiver",
        count: Some(("STREAMFLOW_KILLS", 500)),
    },
    Kind { what: "real disks that fail", target: JOBS, tests: "failing_disks", count: None },
    Kind {
        what: "bytes that nobody wrote",
        target: &["--test", "fuzz"],
        tests: "",
        count: Some(("STREAMFLOW_MUTATIONS", 20_000)),
    },
    Kind {
        what: "pipelines that nobody wrote",
        target: MACRO,
        tests: "replay",
        count: Some(("STREAMFLOW_MUTATIONS", 20_000)),
    },
];

/// What has come of the runs of one kind.
pub struct Done {
    what: &'static str,
    passed: bool,
    lines: Vec<String>,
}

/// Runs all kinds, `times` as many as in a gate, and prints what each of them says.
pub fn run(times: f64) -> Vec<Done> {
    KINDS.iter().map(|kind| one(kind, times)).collect()
}

fn one(kind: &Kind, times: f64) -> Done {
    println!("\n==> {}", kind.what);
    let mut test = crate::cargo();
    test.args(["test", "--release", "--quiet"]).args(kind.target).args(["--", kind.tests, "--nocapture"]);
    if let Some((variable, count)) = kind.count {
        test.env(variable, ((count as f64 * times).ceil() as u64).to_string());
    }
    let began = Instant::now();
    let (passed, lines) = match run_to_end(&mut test) {
        Ok(output) => {
            let lines = said(&output);
            (output.status.success(), lines)
        }
        Err(error) => (false, vec![format!("cannot start {test:?}: {error}")]),
    };
    lines.iter().for_each(|line| println!("    {line}"));
    println!("    {:.0} s{}", began.elapsed().as_secs_f64(), if passed { "" } else { ", FAILED" });
    Done { what: kind.what, passed, lines }
}

fn run_to_end(command: &mut Command) -> std::io::Result<Output> {
    command.current_dir(crate::root()).output()
}

/// What tests have written, without what the harness says of them. All of it, if they have failed.
fn said(output: &Output) -> Vec<String> {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    if !output.status.success() {
        return text.lines().map(str::to_owned).collect();
    }
    let said = |line: &str| {
        let line = match line.strip_prefix("test ") {
            Some(rest) => rest.split_once(" ... ").map_or("", |(_, said)| said),
            // one for each test that has passed
            None => line.trim_start_matches('.'),
        };
        let of_harness = ["running ", "ok", "result: "].iter().any(|start| line.starts_with(start));
        (!line.is_empty() && !of_harness).then(|| line.to_owned())
    };
    text.lines().filter_map(said).collect()
}

/// Says which kinds have failed; true if none has.
pub fn all_passed(done: &[Done]) -> bool {
    let failed: Vec<&str> = done.iter().filter(|done| !done.passed).map(|done| done.what).collect();
    if failed.is_empty() {
        println!("\n==> nothing was lost, repeated or silently wrong");
    } else {
        println!("\n==> failed: {}", failed.join(", "));
    }
    failed.is_empty()
}

impl Done {
    /// The sum of the numbers that stand before this word in what was said: `84873 faults`.
    pub fn sum(&self, word: &str) -> u64 {
        let of_line = |line: &String| {
            let words: Vec<&str> = line.split([' ', ',', ':']).filter(|word| !word.is_empty()).collect();
            let before = words.windows(2).filter(|pair| pair[1] == word).filter_map(|pair| pair[0].parse::<u64>().ok());
            before.sum::<u64>()
        };
        self.lines.iter().map(of_line).sum()
    }

    /// The lines with this word.
    pub fn lines_with(&self, word: &str) -> usize {
        self.lines.iter().filter(|line| line.contains(word)).count()
    }

    pub fn is(&self, what: &str) -> bool {
        self.what.contains(what)
    }

    pub fn passed(&self) -> bool {
        self.passed
    }
}
