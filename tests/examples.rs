//! Runs the examples as a user does and compares what they print, and the plans they explain, with golden files.
//!
//! `cargo xtask bless` writes the files anew.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::thread;

/// The directory with the examples, freshly built: `cargo test --test examples` alone would not build them.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let this = std::env::current_exe().expect("a test knows its own path");
        let profile = this.ancestors().nth(2).expect("tests are in target/PROFILE/deps");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--workspace", "--examples"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if profile.ends_with("release") {
            build.arg("--release");
        }
        build.env("CARGO_TARGET_DIR", profile.parent().expect("a profile is in the target directory"));
        assert!(build.status().expect("cargo starts").success(), "the examples do not build");
        profile.join("examples")
    })
}

/// An example that runs in the root of the repository, so that paths in its output are relative.
fn example(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(built().join(name));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("STREAMFLOW_EXPLAIN");
    command
}

fn succeed(name: &str, output: &Output) -> String {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name}` failed with {}: {errors}", output.status);
    String::from_utf8(output.stdout.clone()).expect("examples print UTF-8")
}

/// Compares with a golden file, or writes it when the tests are blessed.
fn golden(kind: &str, name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{kind}/{name}.txt"));
    if std::env::var_os("STREAMFLOW_BLESS").is_some() {
        std::fs::write(&path, text).expect("golden files can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "`{name}` differs from {}; if that is meant: `cargo xtask bless`\n--- expected\n{expected}\n--- printed\n{text}",
        path.display(),
    );
}

/// What it prints, and its plan.
fn check(name: &str, arguments: &[&str]) {
    let output = example(name, arguments).output().expect("the example starts");
    golden("examples", name, &succeed(name, &output));
    plan(name, arguments);
}

fn plan(name: &str, arguments: &[&str]) {
    let output = example(name, arguments).env("STREAMFLOW_EXPLAIN", "1").output().expect("the example starts");
    golden("plans", name, &succeed(name, &output));
}

#[test]
fn hello() {
    check("hello", &[]);
}

#[test]
fn word_count() {
    check("word_count", &["tests/data/words.txt"]);
}

#[test]
fn auctions() {
    check("auctions", &["--limit", "20000"]);
}

#[test]
fn late_windows() {
    check("late_windows", &[]);
}

#[test]
fn joins() {
    check("joins", &[]);
}

#[test]
fn branches() {
    check("branches", &[]);
}

#[test]
fn late_events() {
    check("late_events", &[]);
}

#[test]
fn sessions() {
    check("sessions", &[]);
}

#[test]
fn recovery() {
    check("recovery", &[]);
}

#[test]
fn receiver() {
    check("receiver", &[]);
}

#[test]
fn dedup() {
    check("dedup", &[]);
}

#[test]
fn top_k() {
    check("top_k", &[]);
}

#[test]
fn dead_letters() {
    check("dead_letters", &[]);
}

#[test]
fn custom_source() {
    check("custom_source", &[]);
}

#[test]
fn workloads() {
    check("workloads", &[]);
}

#[test]
fn network_word_count() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("a bound socket has an address").port().to_string();
    let text = "to be or not to be\nthat is the question\n";
    let serving = thread::spawn(move || server.accept().and_then(|(mut client, _)| client.write_all(text.as_bytes())));
    let output = example("network_word_count", &["127.0.0.1", &port]).output().expect("the example starts");
    golden("examples", "network_word_count", &succeed("network_word_count", &output));
    serving.join().expect("the server ends").expect("the server sends");
    plan("network_word_count", &["localhost", "9999"]);
}

#[test]
fn a_refused_connection_is_an_error_that_helps() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let output = example("network_word_count", &["127.0.0.1", &free.port().to_string()]).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(errors.starts_with("network_word_count: cannot connect to `127.0.0.1:"), "{errors}");
}

#[test]
fn the_readme_shows_a_plan_as_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("it can be read");
    assert!(read("README.md").contains(&read("tests/golden/plans/auctions.txt")), "paste the plan of `auctions` anew");
}

/// An example without a golden file is one that nobody runs.
#[test]
fn every_example_is_listed_and_has_its_golden_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).expect("there is a README");
    for entry in std::fs::read_dir(root.join("examples")).expect("there are examples") {
        let path = entry.expect("a directory can be read").path();
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        assert!(readme.contains(&format!("(examples/{name}.rs)")), "the README does not list `{name}`");
        for kind in ["examples", "plans"] {
            let golden = root.join(format!("tests/golden/{kind}/{name}.txt"));
            assert!(golden.is_file(), "`{name}` has no {}", golden.display());
        }
    }
}
