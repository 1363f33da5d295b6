//! Every code has a page, and every page of the macro's has a code.

use crate::code::Code;
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Errors that rustc reports, partly in our words; their pages are not made from `Code`.
const TYPE_LAYER: &[&str] = &[
    "SF0206", "SF0307", "SF0308", "SF0309", "SF0401", "SF0402", "SF0403", "SF0404", "SF0405", "SF0406", "SF0408",
    "SF0409", "SF0410", "SF0411", "SF0412", "SF0413", "SF0414", "SF0415", "SF0416", "SF0417", "SF0418", "SF0419",
    "SF0501", "SF0502", "SF0504",
];

/// What is found in the lock of a crate: `lock/tests.rs`.
const LOCK: &[Code] = &[Code::LockedState];

/// What the derives find.
const DERIVE: &[Code] =
    &[Code::UnknownStateAttribute, Code::BadStateAttribute, Code::StateNameTaken, Code::HalfVersion, Code::Underivable];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/errors")
}

fn page(code: &str) -> String {
    let path = folder().join(format!("{code}.md"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn known() -> BTreeSet<String> {
    Code::ALL.iter().map(ToString::to_string).chain(TYPE_LAYER.iter().map(|code| (*code).to_owned())).collect()
}

#[test]
fn pages_and_codes_are_the_same() {
    let names = fs::read_dir(folder()).expect("docs/errors").map(|entry| entry.expect("an entry").file_name());
    let pages: BTreeSet<String> = names
        .filter_map(|name| name.to_str()?.strip_suffix(".md").map(str::to_owned))
        .filter(|name| name != "README")
        .collect();
    // pages of other layers may stand beside them
    let missing: Vec<_> = known().difference(&pages).cloned().collect();
    assert_eq!(missing, [""; 0], "codes without a page");
    let stray: Vec<_> = pages.iter().filter(|page| !page.starts_with("SF")).collect();
    assert!(stray.is_empty(), "{stray:?}");
}

#[test]
fn pages_have_their_parts() {
    for code in known() {
        let text = page(&code);
        let title = text.lines().next().unwrap_or_default();
        assert!(title.starts_with(&format!("# {code}: ")), "{code}: {title}");
        if code != "SF0001" {
            for part in ["\n## Bad\n", "\n## Good\n", "\n## Why\n"] {
                assert!(text.contains(part), "{code} has no{part}");
            }
        }
    }
}

/// The bad pipeline of a page gives the error of the page, and the good one gives none.
#[test]
fn the_pages_are_right() {
    for code in Code::ALL.iter().filter(|code| **code != Code::Bug && !DERIVE.contains(code) && !LOCK.contains(code)) {
        let (bad, good) = examples(&page(&code.to_string()));
        let found = super::findings(&bad);
        let expected = |line: &String| line.trim_start_matches("warning ").starts_with(&code.to_string());
        assert!(!found.is_empty() && found.iter().all(expected), "{code}: {bad}\n{found:#?}");
        assert_eq!(super::findings(&good), [""; 0], "{code}: {good}");
    }
}

/// The same for the types of the derive.
#[test]
fn the_pages_of_the_derive_are_right() {
    for code in DERIVE {
        let text = page(&code.to_string());
        let block = |heading: &str| {
            let part = text.split(heading).nth(1).expect(heading);
            part.split("```").nth(1).and_then(|block| block.split_once('\n')).expect("a block of code").1.to_owned()
        };
        let found = crate::derive::findings(super::tokens(&block("## Bad")));
        assert!(
            !found.is_empty() && found.iter().all(|line| line.starts_with(&code.to_string())),
            "{code}: {found:#?}"
        );
        assert_eq!(crate::derive::findings(super::tokens(&block("## Good"))), [""; 0], "{code}");
    }
}

/// The inside of the first `stream! { .. }` behind `## Bad` and behind `## Good`.
fn examples(text: &str) -> (String, String) {
    let inside = |heading: &str| {
        let part = text.split(heading).nth(1).expect(heading);
        let block = part.split("```").nth(1).expect("a block of code");
        let start = block.find("stream! {").expect("a pipeline") + "stream! {".len();
        let end = block.rfind('}').expect("an end");
        block[start..end].to_owned()
    };
    (inside("## Bad"), inside("## Good"))
}

#[test]
fn the_index_is_complete() {
    let index = fs::read_to_string(folder().join("README.md")).expect("the index");
    for code in known() {
        let title = page(&code).lines().next().and_then(|line| line.split_once(": ")).map(|pair| pair.1.to_owned());
        let line = format!("| [{code}]({code}.md) | {} |", title.unwrap_or_default());
        assert!(index.contains(&line), "the index has no line `{line}`");
    }
}
