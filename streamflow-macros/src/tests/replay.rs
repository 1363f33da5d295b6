//! The corpus of the fuzz target `stream_macro`, and texts that are made of it: `STREAMFLOW_MUTATIONS` says how many.

#[path = "../../../fuzz/src/mutation.rs"]
mod mutation;

use super::any_text::answered;
use super::pipelines::GOOD;
use mutation::{Random, mutated};
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/stream_macro")
}

fn texts() -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(corpus()).expect("a corpus").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a file")).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A text whose words are changed: one that has lost its balance of brackets is not even read.
fn reworded(corpus: &[Vec<u8>], random: &mut Random) -> String {
    let pick = |random: &mut Random| text(&corpus[random.below(corpus.len())]);
    let first = pick(random);
    let mut words: Vec<&str> = first.split(' ').collect();
    let second = pick(random);
    let others: Vec<&str> = second.split(' ').collect();
    for _ in 0..1 + random.below(3) {
        let at = random.below(words.len());
        let from = random.below(others.len());
        let until = others.len().min(from + 1 + random.below(4));
        match random.below(4) {
            0 => drop(words.splice(at..at, others[from..until].iter().copied())),
            1 if !words.is_empty() => words[at] = others[from],
            2 if !words.is_empty() => drop(words.remove(at)),
            _ => drop(words.splice(at.., others[from..].iter().copied())),
        }
    }
    words.join(" ")
}

fn made(corpus: &[Vec<u8>], seed: u64) -> String {
    let random = &mut Random(seed);
    match random.below(3) {
        0 => text(&mutated(corpus, 2_048, random)),
        _ => reworded(corpus, random),
    }
}

fn run(text: &str) -> Option<bool> {
    std::panic::catch_unwind(|| answered(text)).unwrap_or_else(|_| panic!("the macro fails on\n{text}"))
}

#[test]
#[allow(clippy::print_stderr)]
fn every_text_is_answered() {
    let corpus = texts();
    let taken = corpus.iter().filter(|bytes| run(&text(bytes)) == Some(true)).count();
    assert!(taken >= GOOD.len(), "{taken} of {} texts are pipelines", corpus.len());
    let mutations = std::env::var("STREAMFLOW_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(2_000);
    let (mut passed, mut refused) = (0, 0);
    for seed in 0..mutations {
        match run(&made(&corpus, seed)) {
            Some(true) => passed += 1,
            Some(false) => refused += 1,
            None => {}
        }
    }
    eprintln!("{mutations} inputs, {passed} are pipelines, {refused} are refused");
    assert!(mutations < 1_000 || passed > 100 && refused > 100, "{passed} pipelines, {refused} refused");
}

/// An error underlines something, unless there is nothing.
#[test]
fn every_error_has_a_place() {
    let corpus = texts();
    for seed in 0..500 {
        let text = made(&corpus, seed);
        if text.trim().is_empty() || answered(&text) != Some(false) {
            continue;
        }
        for finding in super::findings(&text) {
            // what is missing altogether has no tokens: rustc then underlines the call of the macro
            assert!(finding.starts_with("SF0103 ") || !finding.contains(" @ : "), "{finding}\nin {text}");
        }
    }
}

#[test]
fn good_pipelines_are_in_the_corpus() {
    for (number, pipeline) in GOOD.iter().enumerate() {
        let path = corpus().join(format!("good-{number:02}"));
        if std::env::var_os("STREAMFLOW_BLESS").is_some() {
            std::fs::create_dir_all(corpus()).and_then(|()| std::fs::write(&path, pipeline)).expect("written");
        }
        let kept = std::fs::read_to_string(&path).expect("STREAMFLOW_BLESS=1 writes it");
        assert_eq!(kept, *pipeline);
    }
}
