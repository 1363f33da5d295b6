//! Everything that reads bytes which it has not written: the committed corpora of `fuzz/`, and inputs that are made of them.
//!
//! `STREAMFLOW_MUTATIONS` says how many inputs are made for each target. An input that fails is written to `fuzz/artifacts`; put it into the
//! corpus together with the repair. `STREAMFLOW_BLESS=1` writes the seeds of the corpora anew.

#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
mod memory;

use fuzz::mutation::{Random, mutated};
use fuzz::{Outcome, TARGETS, Target};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// The longest input that is made. In longer ones a row that is not there, one bit in the file, outweighs what the limit allows.
const LONGEST: usize = 2_048;

fn corpus(target: &Target) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target.name)
}

/// The files of a corpus, by name.
fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(corpus(target)).expect("a corpus").map(|entry| entry.expect("a file").path());
    let mut paths: Vec<PathBuf> = entries.collect();
    paths.sort();
    paths.into_iter().map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file"))).collect()
}

/// Runs an input. What fails is kept.
fn run(target: &Target, name: &str, input: &[u8]) -> Outcome {
    let (outcome, most) = memory::most(|| catch_unwind(|| (target.run)(input)));
    let limit = 16 * input.len() + (1 << 20);
    if outcome.is_ok() && most <= limit {
        return outcome.unwrap_or(Ok(()));
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/artifacts").join(target.name);
    std::fs::create_dir_all(&kept).and_then(|()| std::fs::write(kept.join(name), input)).expect("kept");
    panic!("{}: {name} fails, see {}; {most} bytes of memory, {limit} allowed", target.name, kept.display());
}

fn mutations() -> u64 {
    std::env::var("STREAMFLOW_MUTATIONS").ok().and_then(|count| count.parse().ok()).unwrap_or(500)
}

fn fuzzed(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    // what a first run sets up is not of this input
    (target.seeds)().iter().for_each(|(_, input)| drop((target.run)(input)));
    let inputs = inputs(target);
    let taken = inputs.iter().filter(|(path, input)| {
        let name = Path::new(path).file_name().expect("a file").to_string_lossy().into_owned();
        run(target, &name, input).is_ok()
    });
    let taken = taken.count();
    assert!(taken > 0, "of the corpus nothing is taken, so nothing behind the front door was tried");
    let corpus: Vec<Vec<u8>> = inputs.into_iter().map(|(_, input)| input).collect();
    let (mut passed, mut refused) = (0, 0);
    for seed in 0..mutations() {
        match run(target, &format!("mutation-{seed}"), &mutated(&corpus, LONGEST, &mut Random(seed))) {
            Ok(()) => passed += 1,
            Err(_) => refused += 1,
        }
    }
    let inputs = corpus.len() as u64 + mutations();
    println!("{name}: {inputs} inputs, {taken} of {} files taken, {passed} of the others", corpus.len());
    assert!(mutations() < 100 || passed > 0 && refused > 0, "mutations that are all {passed} taken, {refused} refused");
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            fuzzed(stringify!($name));
        })*

        #[test]
        fn every_target_is_replayed() {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}
targets! { commit_log snapshot manifest receiver_log columns type_text lines }

/// Seeds are real files: what the library writes today is what the corpus begins with.
#[test]
fn seeds_are_what_is_written() {
    for target in TARGETS {
        for (name, bytes) in (target.seeds)() {
            let path = corpus(target).join(name);
            if std::env::var_os("STREAMFLOW_BLESS").is_some() {
                std::fs::create_dir_all(corpus(target)).and_then(|()| std::fs::write(&path, &bytes)).expect("written");
            }
            // another release of the compressor may write other bytes
            let compressed = target.name == "lines";
            let kept = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(
                compressed || kept == bytes,
                "{}: the format has changed; keep the old file under another name, then \
                `STREAMFLOW_BLESS=1 cargo test --test fuzz`",
                path.display()
            );
        }
    }
}
