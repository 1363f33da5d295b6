//! The table of windows: their names, what they take, and what other systems call them.

/// A kind of window.
pub struct Kind {
    pub name: &'static str,
    pub also_called: &'static [&'static str],
    /// What its size is called in messages.
    pub size: &'static str,
    pub unit: Unit,
    /// Options that follow the size as arguments, all required.
    pub required: &'static [&'static str],
    /// Options that become methods.
    pub options: &'static [&'static str],
    /// Does it know when it closes without timestamps?
    pub untimed: bool,
    pub example: &'static str,
}

/// In what a window is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Time,
    /// Batches or records.
    Number,
}

pub const KINDS: &[Kind] = &[
    Kind {
        name: "tumbling",
        also_called: &["tumble", "fixed", "fixed_windows", "tumbling_window", "tumbling_windows"],
        size: "size",
        unit: Unit::Time,
        required: &[],
        options: &["clock", "offset", "lateness", "emit", "purge"],
        untimed: false,
        example: "tumbling(10s)",
    },
    Kind {
        name: "sliding",
        also_called: &["slide", "hop", "hopping", "sliding_window", "sliding_windows"],
        size: "size",
        unit: Unit::Time,
        required: &["every"],
        options: &["clock", "offset", "gaps", "lateness", "emit", "purge"],
        untimed: false,
        example: "sliding(10s, every = 1s)",
    },
    Kind {
        name: "batches",
        also_called: &["micro_batches", "last_batches"],
        size: "length",
        unit: Unit::Number,
        required: &[],
        options: &["every", "gaps", "keep_empty"],
        untimed: true,
        example: "batches(4, every = 2)",
    },
];

/// A window that takes nothing and is written without parentheses.
pub const BATCH: &str = "batch";

/// Windows of a later version.
pub const LATER: &[&str] = &["global"];
