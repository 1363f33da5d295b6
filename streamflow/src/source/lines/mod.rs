//! Lines of text: what the sources over files, sockets and standard input have in common.
//!
//! A block is a `String` of whole lines, checked once when it is read; a record is a `&str` into it.

mod assemble;
mod feed;
mod options;

pub(crate) use assemble::Assembler;
pub(crate) use feed::{Fed, Feed};
pub use options::OnBad;
pub(crate) use options::{Rules, line_options};

use memchr::memchr_iter;

/// Whole lines of one partition.
#[derive(Debug)]
pub struct LineBlock {
    text: String,
}

impl LineBlock {
    /// A block without lines: something was read and nothing came of it.
    pub(crate) fn empty() -> Self {
        LineBlock { text: String::new() }
    }

    /// Calls `each` with every line, without its `\n` or `\r\n`.
    pub(crate) fn each<'b>(&'b self, mut each: impl FnMut(&'b str)) {
        let text = self.text.as_str();
        let mut start = 0;
        for end in memchr_iter(b'\n', text.as_bytes()) {
            let line = &text[start..end];
            each(line.strip_suffix('\r').unwrap_or(line));
            start = end + 1;
        }
        // What no `\n` ends is the last line of the input; a `\r` there is not part of a line ending.
        if start < text.len() {
            each(&text[start..]);
        }
    }

    /// How many lines there are.
    pub(crate) fn count(&self) -> Option<u64> {
        let text = self.text.as_bytes();
        let unended = text.last().is_some_and(|last| *last != b'\n');
        Some(memchr_iter(b'\n', text).count() as u64 + u64::from(unended))
    }
}

#[cfg(test)]
mod tests;
