//! Lines of text: what the sources over files, sockets and standard input have in common.
//!
//! A block is a `String` of whole lines, checked once when it is read; a record is a `&str` into it.

mod assemble;
mod feed;
mod options;
mod stored;

pub(crate) use assemble::Assembler;
pub(crate) use feed::{Fed, Feed};
pub use options::OnBad;
pub(crate) use options::{Rules, line_options};
pub(crate) use stored::stored_lines;

use crate::{Error, ErrorKind};
use memchr::{memchr, memchr_iter, memrchr};

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

    /// Appends the lines to what a receiver log keeps.
    pub(crate) fn store(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(self.text.as_bytes());
        match self.text.as_bytes().last() {
            None | Some(b'\n') => {}
            // the last line of an input: an ending of its own, which must not take the `\r` that belongs to the line
            Some(b'\r') => bytes.extend_from_slice(b"\r\n"),
            Some(_) => bytes.push(b'\n'),
        }
    }

    /// The first lines of what was stored, about `budget` bytes, and how many bytes they take.
    pub(crate) fn load(bytes: &[u8], budget: usize) -> Result<(LineBlock, usize), Error> {
        let within = memrchr(b'\n', &bytes[..budget.min(bytes.len())]);
        let end = within.or_else(|| memchr(b'\n', bytes)).map_or(bytes.len(), |end| end + 1);
        let text = String::from_utf8(bytes[..end].to_vec()).map_err(|cause| {
            Error::new(ErrorKind::Checkpoint, "a received block is not text").because(cause).help(
                "the source of this number was another one when it was received: give it its place back, or begin with a new directory",
            )
        })?;
        Ok((LineBlock { text }, end))
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
