//! What the texts of `tests/ui` may look like: one error a mistake, on the stage that is wrong, in the user's words.
//!
//! A case says what is expected of its text by markers:
//!
//! * `//@ stage: window`: the first place lies on the line of this stage, or of the `source` or the `sink`;
//! * `//@ line: println!`: or on the line that contains this text;
//! * `//@ errors: 2, ..`: so many errors, and why;
//! * `//@ place: ..`: why the first place is not the stage;
//! * `//@ leak: __name, ..`: an internal name that rustc's own words make unavoidable, and why.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Names that are not the user's.
const INTERNAL: &[&str] = &["Stage<", "{closure@", "streamflow::flow::", "streamflow::state::", "streamflow::job::"];

struct Case {
    name: String,
    code: String,
    text: String,
}

impl Case {
    fn marker(&self, key: &str) -> Option<&str> {
        let start = format!("//@ {key}: ");
        self.code.lines().find_map(|line| line.strip_prefix(&start))
    }

    /// The line that the first place must lie on.
    fn expected_line(&self) -> Option<usize> {
        let line = |wanted: &str| self.code.lines().position(|line| !line.starts_with("//") && line.contains(wanted));
        let lines: Vec<&str> = self.code.lines().collect();
        let index = match (self.marker("stage"), self.marker("line")) {
            (Some("source"), _) => (line("stream! {")? + 1..lines.len()).find(|at| !lines[*at].contains("#!["))?,
            (Some("sink"), _) => lines.iter().rposition(|line| line.trim_start().starts_with("->"))?,
            (Some(stage), _) => line(&format!("-> {stage}"))?,
            (None, Some(text)) => line(text)?,
            (None, None) => return None,
        };
        Some(index + 1)
    }

    /// The line of the first place in the text.
    fn first_line(&self) -> Option<usize> {
        let place = self.text.lines().find_map(|line| line.trim_start().strip_prefix("--> "))?;
        place.split(':').nth(1)?.parse().ok()
    }

    fn errors(&self) -> usize {
        self.text.lines().filter(|line| line.starts_with("error")).count()
    }

    fn expected_errors(&self) -> usize {
        let marker = self.marker("errors").and_then(|marker| marker.split_once(", "));
        marker.and_then(|(count, _)| count.parse().ok()).unwrap_or(1)
    }

    /// What rustc says, without the lines of source that it quotes and without the notes on where a bound was written:
    /// those name our own code on purpose.
    fn words(&self) -> impl Iterator<Item = &str> {
        let quoted = |line: &&str| {
            let line = line.trim_start();
            let number = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
            // the lines of the library come without their numbers
            let label = line.starts_with('|') && line.contains(char::is_alphabetic) && !line.contains("pub fn ");
            let in_library = line.contains("required by this bound") || line.contains("required by a bound in");
            (number.starts_with('|') && !label) || in_library || line.starts_with("--> ") || line.starts_with("::: ")
        };
        self.text.lines().filter(move |line| !quoted(line))
    }
}

/// Names of generated code begin so; a longer line of underscores is drawn by rustc.
fn has_generated_name(line: &str) -> bool {
    let words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.into_iter().any(|word| word.strip_prefix("__").is_some_and(|rest| rest.starts_with(char::is_alphanumeric)))
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let mut cases = Vec::new();
    for folder in ["syntax", "names", "shape", "types", "state", "delivery"] {
        let entries = fs::read_dir(root.join(folder)).expect("a folder of cases");
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.extension().is_some_and(|extension| extension == "rs") {
                cases.push(case(&path));
            }
        }
    }
    cases
}

fn case(path: &Path) -> Case {
    let read = |path: PathBuf| fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Case {
        name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
        code: read(path.to_path_buf()),
        text: read(path.with_extension("stderr")),
    }
}

/// Fails with all findings at once.
fn none(findings: impl Iterator<Item = String>) {
    let findings: Vec<String> = findings.collect();
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

#[test]
fn one_error_a_mistake() {
    none(
        cases()
            .iter()
            .filter(|case| case.errors() != case.expected_errors())
            .map(|case| format!("{}: {} errors, expected {}", case.name, case.errors(), case.expected_errors())),
    );
    none(
        cases()
            .iter()
            .filter(|case| case.text.lines().any(|line| line.starts_with("warning")))
            .map(|case| format!("{}: a warning that has nothing to do with the mistake", case.name)),
    );
}

#[test]
fn the_first_place_is_the_stage() {
    none(cases().iter().filter_map(|case| {
        let (first, expected) = (case.first_line(), case.expected_line());
        let wrong = expected.is_none() || first != expected;
        wrong.then(|| format!("{}: the first place is on line {first:?}, expected {expected:?}", case.name))
    }));
}

#[test]
fn exceptions_have_reasons() {
    none(cases().iter().filter_map(|case| {
        let exceptions = ["errors", "leak"].into_iter().filter_map(|key| case.marker(key));
        let bare = exceptions.filter(|marker| marker.split_once(", ").is_none_or(|(_, why)| why.len() < 10)).count();
        (bare > 0).then(|| format!("{}: an exception without a reason", case.name))
    }));
}

#[test]
fn no_internal_names() {
    none(cases().iter().flat_map(|case| {
        let allowed = case.marker("leak").and_then(|marker| marker.split_once(", ")).map(|pair| pair.0);
        let leaks = case.words().filter(move |line| {
            let line = allowed.map_or_else(|| (*line).to_owned(), |allowed| line.replace(allowed, ""));
            has_generated_name(&line) || INTERNAL.iter().any(|name| line.contains(name))
        });
        leaks.map(|line| format!("{}: {line}", case.name)).collect::<Vec<_>>()
    }));
}

#[test]
fn no_paths_of_a_machine() {
    none(cases().iter().flat_map(|case| {
        let paths = case.text.lines().filter(|line| {
            ["home", "tmp", "root", "Users"].iter().any(|top| line.contains(&format!("/{top}/")))
                || line.contains("C:\\")
        });
        paths.map(|line| format!("{}: {line}", case.name)).collect::<Vec<_>>()
    }));
}

/// The catalogue is the folder of pages; every page has a case, but that of a bug in the macro itself and that of a lock: its cases are a
/// crate with a lock, `tests/locked.rs`.
#[test]
fn every_code_has_a_case_and_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("docs/errors")).expect("docs/errors");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let pages: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".md").map(str::to_owned)).collect();
    let code = |case: &Case| case.name.starts_with("sf").then(|| case.name[..6].to_uppercase());
    let covered: BTreeSet<String> = cases().iter().filter_map(code).collect();
    let code_of_a_pipeline = |page: &&String| page.starts_with("SF") && !["SF0001", "SF0515"].contains(&page.as_str());
    none(
        pages
            .iter()
            .filter(code_of_a_pipeline)
            .filter(|page| !covered.contains(*page))
            .map(|page| format!("{page}: no case")),
    );
    none(covered.difference(&pages).map(|code| format!("{code}: no page")));
    none(cases().iter().flat_map(|case| {
        let cited = case.text.split("[SF").skip(1).filter_map(|rest| rest.get(..4)).map(|digits| format!("SF{digits}"));
        cited
            .filter(|code| !pages.contains(code))
            .map(|code| format!("{}: {code} has no page", case.name))
            .collect::<Vec<_>>()
    }));
}
