//! Lines of a text that lies in memory as one piece, as a file does once it was read: no disk decides, and finding the lines is
//! part of the work.

use memchr::memchr_iter;
use streamflow::source::Poll;
use streamflow::{Error, Source};

/// A block is a piece of the text of whole lines; a record is a line, without its end.
pub struct Lines<'t> {
    rest: &'t str,
    place: u64,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str) -> Self {
        Lines { rest: text, place: 0 }
    }
}

impl<'t> Source for Lines<'t> {
    type Block = &'t str;
    type Item<'b>
        = &'b str
    where
        Self: 'b;
    type Offset = u64;

    fn name(&self) -> String {
        "lines in memory".to_owned()
    }

    fn partition_name(&self, _partition: usize) -> String {
        "text".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<&'t str>, Error> {
        if self.rest.is_empty() {
            return Ok(Poll::Ended);
        }
        // of the size of a task
        let near = budget.min(64 << 10).min(self.rest.len());
        let bytes = self.rest.as_bytes();
        let before = bytes[..near].iter().rposition(|byte| *byte == b'\n');
        let end = before.or_else(|| bytes.iter().position(|byte| *byte == b'\n'));
        let (block, rest) = self.rest.split_at(end.map_or(bytes.len(), |end| end + 1));
        self.rest = rest;
        self.place += block.len() as u64;
        Ok(Poll::Block { block, bytes: block.len() })
    }

    fn offset(&self, _partition: usize) -> Option<u64> {
        Some(self.place)
    }

    /// Lines are found as the product's own sources of text find them.
    fn each<'b>(block: &'b &'t str, mut each: impl FnMut(&'b str))
    where
        Self: 'b,
    {
        let mut start = 0;
        for end in memchr_iter(b'\n', block.as_bytes()) {
            let line = &block[start..end];
            each(line.strip_suffix('\r').unwrap_or(line));
            start = end + 1;
        }
        if start < block.len() {
            each(&block[start..]);
        }
    }

    fn total_bytes(&self) -> Option<u64> {
        Some(self.rest.len() as u64)
    }
}
