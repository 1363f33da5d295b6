//! A crate of other people that has locked its state: what its program writes is what `stream!` and the derive read, and a change that
//! could not read the state does not compile.
//!
//! After a change of the messages: `STREAMFLOW_BLESS=1 cargo test --test locked`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where this test's own program was built: `target/debug/deps/..`. Crates that share it have most of what they need.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    program.ancestors().nth(3).expect("a target directory").to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/downstream/locked")
}

/// Cargo in a crate, with one change of it or none.
fn cargo(folder: &Path, command: &str, change: &str, arguments: &[&Path]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--quiet", "--offline", "--locked", "--features", change]).current_dir(folder);
    cargo.env("CARGO_TARGET_DIR", target()).env_remove("STREAMFLOW_LOCK");
    if !arguments.is_empty() {
        cargo.arg("--").args(arguments);
    }
    cargo.output().expect("cargo")
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What is said about a change is what the file beside the crate holds: one error, at the right place.
fn refused(command: &str, change: &str) {
    let output = cargo(&folder(), command, change, &[]);
    assert!(!output.status.success(), "{change} is let through");
    let text = errors(&output);
    // the library's own place is not that of the user, and another one on each machine
    let told = |line: &&str| !line.starts_with("error: could not compile") && !line.contains("run with `-Z");
    let text: String = text.lines().filter(told).map(|line| format!("{}\n", line.trim_end())).collect();
    let expected = folder().join("refused").join(format!("{change}.stderr"));
    if std::env::var_os("STREAMFLOW_BLESS").is_some() {
        fs::write(&expected, &text).expect("a written text");
    }
    let expected = fs::read_to_string(&expected).unwrap_or_default();
    assert_eq!(text, expected, "{change}: what it says has changed");
    assert_eq!(text.lines().filter(|line| line.starts_with("error")).count(), 1, "{change}:\n{text}");
    assert!(text.contains("[SF0515]"), "{change}:\n{text}");
}

/// Fields are compared as soon as types are checked, so an editor shows it.
#[test]
fn cargo_check_refuses_a_changed_field() {
    ["narrower_field", "new_field", "nested_field", "variant_gone"]
        .into_iter()
        .for_each(|change| refused("check", change));
}

/// So does the macro with what it sees.
#[test]
fn cargo_check_refuses_another_stage() {
    ["other_window", "other_operator", "no_label"].into_iter().for_each(|change| refused("check", change));
}

/// What a slot holds is known only when code is generated.
#[test]
fn cargo_build_refuses_another_key_or_value() {
    ["other_key", "other_value"].into_iter().for_each(|change| refused("build", change));
}

/// A copy of the crate that may be changed, in a workspace: cargo knows crates by their place in one, and would take what it has built
/// of the copy for the original.
fn copy(workspace: &Path) -> PathBuf {
    let to = workspace.join("copy");
    fs::create_dir_all(to.join("src")).expect("a folder");
    for name in ["streamflow.lock", "src/main.rs", "src/recent.rs", "src/shop.rs"] {
        fs::copy(folder().join(name), to.join(name)).expect("a copy");
    }
    fs::copy(folder().join("Cargo.lock"), workspace.join("Cargo.lock")).expect("a copy");
    fs::write(workspace.join("Cargo.toml"), "[workspace]\nmembers = [\"copy\"]\nresolver = \"3\"\n")
        .expect("a manifest");
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("streamflow");
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("a manifest");
    let manifest = manifest.replace("../../../streamflow", library.to_str().expect("a path of letters"));
    fs::write(to.join("Cargo.toml"), manifest.replace("[workspace]\n", "")).expect("a manifest");
    to
}

fn runs(folder: &Path, change: &str, checkpoint: &Path, rounds: &str) -> String {
    let output = cargo(folder, "run", change, &[checkpoint, Path::new(rounds)]);
    let errors = errors(&output);
    assert!(output.status.success() && !errors.contains("warning"), "{change}:\n{errors}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// What compiles also starts on top of the state, which goes on.
#[test]
fn what_is_let_through_reads_the_state() {
    for change in ["allowed", "migrated"] {
        let checkpoint = tempfile::tempdir().expect("a folder");
        assert_eq!(runs(&folder(), "", checkpoint.path(), "1"), "[(1, 2), (2, 1)]");
        assert_eq!(runs(&folder(), change, checkpoint.path(), "2"), "[(1, 4), (2, 2)]", "{change}");
    }
}

#[test]
fn the_program_writes_the_file_that_the_macro_reads() {
    let (workspace, checkpoint) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let folder = &copy(workspace.path());
    let lock = folder.join("streamflow.lock");
    let committed = fs::read_to_string(&lock).expect("the lock");
    let update = |change: &str| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--quiet", "--offline", "--locked", "--features", change, "--"]).arg(checkpoint.path());
        cargo.current_dir(folder).env("CARGO_TARGET_DIR", target()).env("STREAMFLOW_LOCK", "update");
        cargo.output().expect("cargo")
    };

    // without a lock everything compiles; the program writes the file that is committed
    fs::remove_file(&lock).expect("a lock");
    let first = update("");
    assert!(first.status.success(), "{}", errors(&first));
    assert_eq!(fs::read_to_string(&lock).expect("the lock"), committed);

    // a change that is refused is let through where the state is given up, though a start on top of it is refused
    let refused = cargo(folder, "check", "narrower_field", &[]);
    assert!(errors(&refused).contains("[SF0515]"), "{}", errors(&refused));
    let given_up = update("narrower_field");
    assert!(errors(&given_up).contains("`u32` and is now `u16`"), "{}", errors(&given_up));
    let written = fs::read_to_string(&lock).expect("the lock");
    assert_eq!(written, committed.replace("orders: u32", "orders: u16"), "before anything was read");

    // from now on the new one is locked, and the old one is the change
    let new = cargo(folder, "check", "narrower_field", &[]);
    assert!(new.status.success(), "{}", errors(&new));
    let old = cargo(folder, "check", "allowed", &[]);
    assert!(old.status.success(), "wider: {}", errors(&old));
    fs::write(&lock, committed.replace("orders: u32", "orders: i64")).expect("a lock");
    let narrower = cargo(folder, "check", "", &[]);
    assert!(errors(&narrower).contains("was `i64` and is now `u32`"), "a changed file is noticed");
    fs::write(&lock, format!("{committed}<<<<<<< branch\n")).expect("a lock");
    let torn = cargo(folder, "check", "", &[]);
    assert!(errors(&torn).contains("of streamflow.lock cannot be read: `<<<<<<< branch`"), "{}", errors(&torn));
}
