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
    /// The function of the library that takes a function of the record: in place of the size, or as an option.
    pub by: Option<By>,
    /// Does it know when it closes without timestamps?
    pub untimed: bool,
    pub example: &'static str,
}

/// A function of the record.
pub struct By {
    pub library: &'static str,
    /// Its option; `None`: it stands in place of the size.
    pub option: Option<&'static str>,
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
        options: &["clock", "offset", "origin", "zone", "lateness", "late", "emit", "purge"],
        by: None,
        untimed: false,
        example: "tumbling(10s)",
    },
    Kind {
        name: "sliding",
        also_called: &["slide", "hop", "hopping", "sliding_window", "sliding_windows"],
        size: "size",
        unit: Unit::Time,
        required: &["every"],
        options: &["clock", "offset", "origin", "gaps", "lateness", "late", "emit", "purge"],
        by: None,
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
        by: None,
        untimed: true,
        example: "batches(4, every = 2)",
    },
    Kind {
        name: "session",
        also_called: &["sessions", "session_window", "session_windows", "with_gap"],
        size: "gap",
        unit: Unit::Time,
        required: &[],
        options: &["gap", "boundary", "clock", "lateness", "late", "emit", "purge"],
        by: Some(By { library: "session_by", option: Some("gap") }),
        untimed: false,
        example: "session(30s)",
    },
    Kind {
        name: "aligned",
        also_called: &["aligned_windows", "data_aligned", "time_difference", "of_time_difference", "trailing", "over"],
        size: "difference",
        unit: Unit::Time,
        required: &[],
        options: &["clock", "lateness", "late", "emit"],
        by: None,
        untimed: false,
        example: "aligned(10s)",
    },
    Kind {
        name: "counts",
        also_called: &["count_window", "count_windows", "count", "records"],
        size: "size",
        unit: Unit::Number,
        required: &[],
        options: &["every", "gaps"],
        by: None,
        untimed: true,
        example: "counts(4, every = 2)",
    },
    Kind {
        name: "windows",
        also_called: &["assign", "assigner", "custom", "custom_window"],
        size: "function",
        unit: Unit::Time,
        required: &[],
        options: &["clock", "lateness", "late", "emit", "purge"],
        by: Some(By { library: "windows_by", option: None }),
        untimed: false,
        example: "windows(|item, time| [(start, end)])",
    },
];

/// A window that takes nothing and is written without parentheses.
pub const BATCH: &str = "batch";
