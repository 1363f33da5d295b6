//! Crates of other people: what `stream!` expands to works under another name of the library, without the prelude, and without
//! a warning.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where this test's own program was built: `target/debug/deps/..`.
fn target() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    program.ancestors().nth(3).expect("a target directory").to_owned()
}

/// Runs a crate of `tests/downstream`, which is a workspace of its own. It shares the target directory, so that most of what it
/// needs is built already.
fn runs(name: &str) {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/downstream").join(name).join("Cargo.toml");
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--offline", "--locked", "--manifest-path"]).arg(&manifest);
    command.env("CARGO_TARGET_DIR", target());
    let output = command.output().expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !errors.contains("warning"), "{name}:\n{errors}");
}

#[test]
fn the_library_may_have_another_name() {
    runs("renamed");
}

#[test]
fn no_name_of_the_user_is_in_the_way() {
    runs("no_prelude");
}

/// Name, version and checksum of what a lock file has from elsewhere.
fn locked(text: &str) -> Vec<&str> {
    text.split("[[package]]").skip(1).map(str::trim).filter(|package| package.contains("checksum")).collect()
}

fn without_dependencies(package: &str) -> &str {
    package.split("\ndependencies").next().unwrap_or(package)
}

/// They are built offline, so what they need must be what this workspace has fetched: on a machine of its own, not from some time before.
#[test]
fn they_lock_what_the_workspace_locks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path.join("Cargo.lock")).expect("a lock file");
    let here = read(root);
    let here: Vec<&str> = locked(&here).into_iter().map(without_dependencies).collect();
    for name in ["renamed", "no_prelude", "locked"] {
        let there = read(&root.join("tests/downstream").join(name));
        let there = locked(&there);
        assert!(there.len() > 10, "{name} needs more than that: {there:?}");
        for package in there.into_iter().map(without_dependencies) {
            assert!(here.contains(&package), "{name}/Cargo.lock has another version than the workspace:\n{package}");
        }
    }
}
