//! From bytes to blocks of whole, good lines.
//!
//! The good case is two passes over the bytes that the processor does many at a time: one finds the lines
//! (their number, and that none is over the limit), one checks UTF-8. Only a buffer that holds a bad line is
//! taken apart line by line.

use super::options::Letter;
use super::{LineBlock, OnBad, Rules};
use crate::{Error, ErrorKind};
use memchr::{memchr, memchr_iter, memrchr};

const NOT_UTF8: &str = "not valid UTF-8";
const TOO_LONG: &str = "longer than the limit";

/// The state of one partition between two reads.
#[derive(Debug)]
pub(crate) struct Assembler {
    /// What the input is called in messages.
    name: String,
    /// Lines seen so far, bad ones included.
    lines: u64,
    /// The beginning of the line that the last read left incomplete.
    carry: Vec<u8>,
    /// The rest of the current line is thrown away: it was over the limit.
    discarding: bool,
}

impl Assembler {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Assembler { name: name.into(), lines: 0, carry: Vec::new(), discarding: false }
    }

    /// Goes on where another one stood that had nothing left over but, perhaps, a line to throw away.
    pub(crate) fn resume(name: impl Into<String>, lines: u64, discarding: bool) -> Self {
        Assembler { lines, discarding, ..Assembler::new(name) }
    }

    /// Lines seen so far, bad ones included.
    pub(crate) fn lines(&self) -> u64 {
        self.lines
    }

    /// Bytes of the line that the last read left incomplete.
    pub(crate) fn carried(&self) -> usize {
        self.carry.len()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The place that an error at the next line has.
    pub(crate) fn place(&self) -> String {
        format!("{} line {}", self.name, self.lines + 1)
    }

    pub(crate) fn discarding(&self) -> bool {
        self.discarding
    }

    /// Memory that starts with what the last read left incomplete; the next bytes go after it.
    pub(crate) fn buffer(&mut self, rules: &mut Rules) -> Vec<u8> {
        let mut buffer = rules.buffer();
        buffer.append(&mut self.carry);
        buffer
    }

    /// The whole lines of a buffer that began with [`buffer`](Self::buffer); with `last`, the end of
    /// the input ends a line too. `None`: no good line is complete.
    pub(crate) fn block(
        &mut self,
        mut bytes: Vec<u8>,
        last: bool,
        rules: &mut Rules,
    ) -> Result<Option<LineBlock>, Error> {
        if self.discarding {
            match memchr(b'\n', &bytes) {
                Some(end) => {
                    bytes.drain(..=end);
                    self.discarding = false;
                    self.lines += 1;
                }
                None => bytes.clear(),
            }
        }
        if !last {
            let whole = memrchr(b'\n', &bytes).map_or(0, |end| end + 1);
            self.carry.extend_from_slice(&bytes[whole..]);
            bytes.truncate(whole);
        }
        let text = if over_limit(&bytes, rules.max_line) {
            self.repair(&bytes, rules)?
        } else {
            match String::from_utf8(bytes) {
                Ok(text) => {
                    self.lines += memchr_iter(b'\n', text.as_bytes()).count() as u64;
                    text
                }
                Err(error) => self.repair(&error.into_bytes(), rules)?,
            }
        };
        let text = self.check_carry(text, rules)?;
        if text.is_empty() {
            rules.keep(text.into_bytes());
            return Ok(None);
        }
        Ok(Some(LineBlock { text }))
    }

    /// A line that is incomplete and over the limit already is dealt with now, so that it does not grow. One
    /// byte more may be a `\r` that belongs to the ending.
    fn check_carry(&mut self, mut text: String, rules: &mut Rules) -> Result<String, Error> {
        if self.carry.len() <= rules.max_line.saturating_add(1) {
            return Ok(text);
        }
        let line = std::mem::take(&mut self.carry);
        self.discarding = true;
        if self.line(&line, true, &mut text, rules)? {
            end_line(&mut text);
        }
        Ok(text)
    }

    /// Takes whole lines apart and leaves the good ones, according to the policies.
    fn repair(&mut self, bytes: &[u8], rules: &mut Rules) -> Result<String, Error> {
        let mut text = String::with_capacity(bytes.len());
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let content = match line.strip_suffix(b"\n") {
                Some(line) => line.strip_suffix(b"\r").unwrap_or(line),
                None => line,
            };
            let kept = self.line(content, content.len() > rules.max_line, &mut text, rules)?;
            if kept {
                end_line(&mut text);
            }
            self.lines += u64::from(line.ends_with(b"\n"));
        }
        Ok(text)
    }

    /// Appends one line, made good if it must be. False: it is left out.
    fn line(&mut self, mut line: &[u8], long: bool, text: &mut String, rules: &mut Rules) -> Result<bool, Error> {
        if long {
            let cut = &line[..rules.max_line.min(line.len())];
            match rules.too_long.clone() {
                OnBad::Fail => return Err(self.too_long(rules.max_line)),
                OnBad::Replace => line = at_character(cut),
                bad => return self.leave_out(&bad, TOO_LONG, cut, rules),
            }
        }
        match (std::str::from_utf8(line), rules.invalid_utf8.clone()) {
            (Ok(line), _) => text.push_str(line),
            (Err(error), OnBad::Fail) => return Err(self.not_utf8(error)),
            (Err(_), OnBad::Replace) => text.push_str(&String::from_utf8_lossy(line)),
            (Err(_), bad) => return self.leave_out(&bad, NOT_UTF8, line, rules),
        }
        Ok(true)
    }

    fn leave_out(&self, bad: &OnBad, reason: &'static str, raw: &[u8], rules: &mut Rules) -> Result<bool, Error> {
        let letter = Letter { input: &self.name, line: self.lines + 1, reason, raw };
        rules.leave_out(bad, letter)?;
        Ok(false)
    }

    fn too_long(&self, limit: usize) -> Error {
        Error::new(ErrorKind::Source, format!("a line is longer than {limit} bytes"))
            .at(self.place())
            .help("raise `max_line`, or set `too_long` to `OnBad::Replace`, `Skip` or `DeadLetter`")
    }

    fn not_utf8(&self, cause: std::str::Utf8Error) -> Error {
        Error::new(ErrorKind::Source, "a line is not valid UTF-8")
            .at(self.place())
            .because(cause)
            .help("convert the input, or set `invalid_utf8` to `OnBad::Replace`, `Skip` or `DeadLetter`")
    }
}

/// Ends a line so that a `\r` before the end stays part of it.
fn end_line(text: &mut String) {
    text.push_str(if text.ends_with('\r') { "\r\n" } else { "\n" });
}

/// Whether one of the lines is over the limit. Looks for the last line ending within each `limit` bytes, so
/// that it reads about one line in that many bytes.
fn over_limit(bytes: &[u8], limit: usize) -> bool {
    let mut rest = bytes;
    while rest.len() > limit {
        match memrchr(b'\n', &rest[..=limit]) {
            Some(end) => rest = &rest[end + 1..],
            None if rest[limit..].starts_with(b"\r\n") => rest = &rest[limit + 2..],
            None => return true,
        }
    }
    false
}

/// Takes off the bytes of a character that the end cuts apart.
fn at_character(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}
