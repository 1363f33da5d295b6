//! Spark Streaming's model as a Rust library, compiled.

mod error;
pub mod sink;
pub mod source;

pub use error::{Error, ErrorKind};
pub use sink::Sink;
pub use source::Source;

/// Files: the lines of files as a source, part files as a sink.
pub mod file {
    pub use crate::sink::file::*;
    pub use crate::source::file::*;
}

/// TCP: lines from and to connections.
pub mod tcp {
    pub use crate::sink::tcp::*;
    pub use crate::source::tcp::*;
}
