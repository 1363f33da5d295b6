//! What is fuzzed, as plain functions: libFuzzer calls them (`targets/`), and so does a test that runs everywhere (`tests/fuzz`).
//!
//! A target takes any bytes. It panics where the library does, where a promise does not hold, or where an error is not clear. What it gives is
//! whether the bytes were taken, and otherwise the error: a corpus in which nothing is taken tries only the front door.

mod checkpoint;
mod columns;
mod lines;
pub mod mutation;
mod sealed;
mod type_text;

pub use checkpoint::{commit_log, manifest, receiver_log, snapshot};
pub use columns::columns;
pub use lines::lines;
pub use type_text::type_text;

/// What came of it: taken, or refused with this error.
pub type Outcome = Result<(), String>;

/// Inputs with which a corpus begins: a name and the bytes.
pub type Seeds = Vec<(&'static str, Vec<u8>)>;

/// A target by name.
pub struct Target {
    /// That of its directory in `corpus/`.
    pub name: &'static str,
    pub run: fn(&[u8]) -> Outcome,
    pub seeds: fn() -> Seeds,
}

/// All but that of the macro, which stands in the crate of the macro.
pub const TARGETS: &[Target] = &[
    Target { name: "commit_log", run: commit_log, seeds: checkpoint::log_seeds },
    Target { name: "snapshot", run: snapshot, seeds: checkpoint::snapshot_seeds },
    Target { name: "manifest", run: manifest, seeds: checkpoint::manifest_seeds },
    Target { name: "receiver_log", run: receiver_log, seeds: checkpoint::receiver_seeds },
    Target { name: "columns", run: columns, seeds: columns::seeds },
    Target { name: "type_text", run: type_text, seeds: type_text::seeds },
    Target { name: "lines", run: lines, seeds: lines::seeds },
];

/// An error of one line that says something.
fn clear(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    assert!(text.len() > 10 && !text.contains('\n'), "not a clear error: {text:?}");
    text
}
