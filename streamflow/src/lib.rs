//! Spark Streaming's model as a Rust library, compiled.
//!
//! [`stream!`] parses `source -> operator -> .. -> sink` into statically typed, fused operator chains. Records are taken in
//! micro-batches, processed in parallel, exchanged by key, and folded into state that one task at a time owns. A wrong pipeline
//! does not compile and says why, on the user's own token.
//!
//! ```
//! use streamflow::{sink, source, stream};
//!
//! let text = vec!["to be or not", "to be"];
//! let counts = sink::collect();
//! let job = stream! {
//!     #![name = "hello"]
//!     source::vec(text)
//!         -> flat_map(|line| line.split_whitespace())   // words borrow from the batch
//!         -> key_by(|word| *word)
//!         -> count() as words                           // state with a name
//!         -> map(|row| format!("{}={}", row.key, row.value))
//!         -> counts.clone()
//! };
//! job.run()?;
//! let mut counts = counts.take();
//! counts.sort();
//! assert_eq!(counts, ["be=2", "not=1", "or=1", "to=2"]);
//! # Ok::<(), streamflow::Error>(())
//! ```
//!
//! * The operators are the methods of [`Flow`], one page each.
//! * Streams that are joined: [`join`], and tables that are asked: [`table`].
//! * Where records come from: [`source`], [`file`](mod@file), [`tcp`]. Where results go: [`sink`].
//! * What runs: [`Job`]. What state may be: [`State`], [`Key`]. Windows: [`window`].

extern crate self as streamflow;

#[cfg(feature = "cli")]
pub mod cli;
#[doc(hidden)]
pub mod commit;
mod error;
mod flow;
mod job;
pub mod join;
mod prefetch;
pub mod sink;
pub mod source;
mod state;
pub mod table;
pub mod testing;
pub mod window;
mod words;

#[doc(hidden)]
#[allow(missing_docs)]
pub mod __private;

pub use error::{Error, ErrorKind};
pub use flow::aggregate::{Aggregator, Inverse, Merge, Number, Ordered};
// these stand in errors, where a short path reads better; see `flow/proof.rs`
#[doc(hidden)]
pub use flow::delivery::{HeldOnce, ReadAgain};
#[doc(hidden)]
pub use flow::join::SameJoinKey;
#[doc(hidden)]
pub use flow::lookup::FindsIn;
#[doc(hidden)]
pub use flow::proof::{Addable, Aggregates, Bounding, Gives, Keepable, Keyable, Measurable, Moment, Orderable};
pub use flow::{Changes, Failed, Fault, Flow, Keyed, Open, Plain, Timed, Untimed, Update, Windowed, Windows};
#[doc(hidden)]
pub use flow::{Fallible, Holds, Shown, aside::PutAside, merge::SameItem, merge::SameKey, share::Sharable};
pub use job::{BatchStage, Counters, rate};
pub use job::{Checkpoint, Clock, EndedBy, Job, Progress, Report, Running, Snapshots, Status, SystemClock};
pub use job::{HotKey, Straggler, Warning};
pub use join::Cogrouped;
pub use sink::{BatchInfo, Sink};
pub use source::Source;
#[doc(hidden)]
pub use state::InitialKey;
pub use state::codec;
#[cfg(feature = "serde")]
pub use state::codec::AsSerde;
pub use state::{ByValue, Context, Key, KeyState, OwnedText, Probe, SlotSize, State, StoredKey};
pub use streamflow_macros::{Key, State, stream};
pub use window::Timestamp;
pub use words::{Words, words};

/// Where a job keeps what must survive it: directories, their files, and what can be wrong with them.
pub mod checkpoint {
    pub use crate::commit::{Error, ErrorKind, FileId, Finding, LocalStorage, MemoryStorage, Storage, verify};
}

/// Files: the lines of files as a source, part files as a sink.
pub mod file {
    pub use crate::sink::batch_files::*;
    pub use crate::sink::file::*;
    pub use crate::sink::writer::*;
    pub use crate::source::file::*;
}

/// TCP: lines from and to connections.
pub mod tcp {
    pub use crate::sink::tcp::*;
    pub use crate::source::tcp::*;
}
