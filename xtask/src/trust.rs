//! The table of goals and what this machine has measured, as Markdown: `docs/reliability.md` keeps one.

use crate::faults::{self, Done};
use std::path::Path;
use std::process::ExitCode;

/// A goal: its number, what it is about, and the figure to reach.
const GOALS: &[(u32, &str, &str)] = &[
    (1, "wrong results under injected faults", "0 in 10,000,000 simulated runs a release; every mutant caught"),
    (2, "real `kill -9`", "0 violations in 100,000 a release"),
    (3, "corruption", "each change of a byte is harmless or refused with file, offset and section"),
    (4, "restore", "1 M keys in 100 ms, 10 M keys in 1.5 s on 2 cores"),
    (5, "cost of exactly-once", "3 % at batches of 1 s, 10 % at 100 ms"),
    (6, "pause of a snapshot", "no batch above 1.2 times the median, 10 M keys"),
    (7, "bytes", "log 1.15 times what changed, disk 2.5 times the state"),
    (8, "memory", "budget + 10 % at ten times the load; 1 MiB an hour over 72 h"),
    (9, "poison", "5 % slower with one bad record in 1,000, all put aside with their places"),
    (10, "skew", "80 % of the speed with half of the records on one key"),
    (11, "graceful stop", "one batch; a restart reads nothing twice"),
    (12, "evolution", "each change of `docs/state.md` as it says; every release reads the older ones"),
    (13, "compile time", "a wrong pipeline does not compile and says why: 40 cases"),
    (14, "fuzz", "1,000,000,000 inputs over 8 targets, 0 findings"),
];

/// Runs the faults, `times` as many as in a gate, and the measurements; prints the table.
pub fn run(times: f64) -> ExitCode {
    let done = faults::run(times);
    println!("\n==> what it costs");
    let figures = figures();
    println!("\n| # | goal | figure | measured | how |\n|---|---|---|---|---|");
    for (number, goal, figure) in GOALS {
        let (measured, how) = measured(*number, &done, &figures);
        println!("| {number} | {goal} | {figure} | {measured} | {how} |");
    }
    let complete = figures.iter().any(|line| line.starts_with("11: "));
    if faults::all_passed(&done) && complete { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The lines of the bench.
fn figures() -> Vec<String> {
    let mut bench = crate::cargo();
    bench.args(["bench", "--quiet", "--bench", "reliability"]).current_dir(crate::root());
    let Ok(output) = bench.output() else { return vec![] };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    print!("{text}");
    text.lines().map(str::to_owned).collect()
}

fn measured(goal: u32, done: &[Done], figures: &[String]) -> (String, String) {
    let of = |what: &str| done.iter().find(|done| done.is(what));
    let sum = |what: &str, word: &str| of(what).map_or(0, |done| done.sum(word));
    let test = |what: &str| {
        let passed = of(what).is_some_and(Done::passed);
        if passed { "" } else { "FAILED: " }
    };
    match goal {
        1 => {
            let kinds =
                ["the commit log on a disk that fails", "the commit log on a disk that rots", "a death in every call"];
            let jobs = ["whole jobs on a disk that fails", "whole jobs on a disk that rots"];
            let all = |word: &str| kinds.iter().chain(&jobs).map(|kind| sum(kind, word)).sum::<u64>();
            let failed: String = kinds.iter().chain(&jobs).chain(&["mutants"]).map(|kind| test(kind)).collect();
            let (caught, harmless) =
                of("mutants").map_or((0, 0), |done| (done.lines_with(": caught"), done.lines_with(": harmless")));
            let text = format!(
                "{failed}0 wrong in {} runs with {} faults and {} deaths; {caught} mutants caught, {harmless} known to be harmless",
                thousands(all("runs")),
                thousands(all("faults")),
                thousands(all("crashes") + all("deaths")),
            );
            (text, "simulated disk: log alone and whole jobs".into())
        }
        2 => {
            let text = format!("{}0 violations in {}", test("killed"), thousands(sum("killed", "deaths")));
            (text, "two jobs with files, on the disk and in memory".into())
        }
        3 => {
            let text =
                format!("{}{} bytes changed, 0 silent", test("every byte"), thousands(sum("every byte", "bytes")));
            (text, "a directory with snapshots, log and received blocks".into())
        }
        8 => (
            "not measured here".into(),
            "`tests/memory.rs` has budgets for sources that are faster than their job and for starts; nothing has run for 72 h".into(),
        ),
        12 => {
            let text = "the changes hold; there is no older release yet";
            (text.into(), "`state::codec::tests::evolution`, `tests/recovery/changes.rs`".into())
        }
        13 => (format!("{} cases", cases()), "`tests/ui`, compared with what rustc prints".into()),
        14 => {
            let inputs = sum("bytes that nobody", "inputs") + sum("pipelines that nobody", "inputs");
            let failed = [test("bytes that nobody"), test("pipelines that nobody")].concat();
            (format!("{failed}0 findings in {}", thousands(inputs)), "inputs made of the corpora of `fuzz/`".into())
        }
        _ => {
            let start = format!("{goal}: ");
            let lines: Vec<&str> = figures.iter().filter_map(|line| line.strip_prefix(&start)).collect();
            let text = if lines.is_empty() { "FAILED: no figure".to_owned() } else { lines.join("; ") };
            (text, "`benches/reliability.rs`".into())
        }
    }
}

/// Pipelines that must not compile.
fn cases() -> usize {
    fn count(directory: &Path) -> usize {
        let Ok(entries) = std::fs::read_dir(directory) else { return 0 };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        paths
            .map(|path| match path.is_dir() {
                true => count(&path),
                false => usize::from(path.extension().is_some_and(|extension| extension == "stderr")),
            })
            .sum()
    }
    count(&crate::root().join("tests/ui"))
}

/// `1,234,567`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
