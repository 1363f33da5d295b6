//! The first rows of each batch, to look at.

use super::text::{output_error, push_line};
use super::{BatchInfo, Sink};
use crate::{Error, Timestamp};
use std::fmt;
use std::io::{self, Write};

/// Prints the first `count` rows of every batch that has any, under its time, and `...` where there are more.
///
/// ```
/// use streamflow::{sink, source, stream};
///
/// stream! { source::vec(vec![1, 2, 3]) -> sink::print(2) }.run()?;
/// // -------------------------------------------
/// // Time: 2026-03-01T12:00:00Z
/// // -------------------------------------------
/// // 1
/// // 2
/// // ...
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// The order of the input. The time is the batch clock.
///
/// # Failure
/// When the reader has gone (`| head`), the job ends without an error:
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
///
/// # Cost
/// Each task formats the first `count` rows that it sees; the others are only counted.
///
/// # After a crash
/// At least once: results of a batch leave before it is committed, and may be printed again.
#[must_use]
pub fn print(count: usize) -> Print {
    Print { count, empty: false, out: Box::new(io::stdout()) }
}

/// The sink of [`print()`].
pub struct Print {
    count: usize,
    empty: bool,
    out: Box<dyn Write + Send>,
}

impl Print {
    /// Prints somewhere else than on standard output.
    #[must_use]
    pub fn to(self, out: impl Write + Send + 'static) -> Self {
        Print { out: Box::new(out), ..self }
    }

    /// Prints the time of batches without rows as well.
    #[must_use]
    pub fn with_empty_batches(self) -> Self {
        Print { empty: true, ..self }
    }

    fn write(&mut self, batch: BatchInfo, parts: Vec<PrintPart>) -> io::Result<()> {
        let line = "-------------------------------------------";
        writeln!(self.out, "{line}\nTime: {}\n{line}", Timestamp::from(batch.time))?;
        let mut left = self.count;
        for part in &parts {
            let rows = part.ends.len().min(left);
            let end = rows.checked_sub(1).map_or(0, |last| part.ends[last]);
            self.out.write_all(&part.text[..end])?;
            left -= rows;
        }
        if parts.iter().map(|part| part.rows).sum::<usize>() > self.count {
            writeln!(self.out, "...")?;
        }
        writeln!(self.out)?;
        self.out.flush()
    }
}

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Print").field("count", &self.count).field("empty", &self.empty).finish_non_exhaustive()
    }
}

/// The first rows of one task.
#[derive(Debug)]
pub struct PrintPart {
    text: Vec<u8>,
    /// Where each row that is kept ends.
    ends: Vec<usize>,
    /// All rows, also those that are not kept.
    rows: usize,
    most: usize,
}

impl<T: fmt::Display> Sink<T> for Print {
    type Part = PrintPart;

    fn name(&self) -> String {
        format!("the first {} rows of each batch", self.count)
    }

    fn part(&self) -> PrintPart {
        PrintPart { text: Vec::new(), ends: Vec::new(), rows: 0, most: self.count }
    }

    fn push(part: &mut PrintPart, item: T) {
        if part.rows < part.most {
            push_line(&mut part.text, item);
            part.ends.push(part.text.len());
        }
        part.rows += 1;
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<PrintPart>) -> Result<(), Error> {
        if !self.empty && parts.iter().all(|part| part.rows == 0) {
            return Ok(());
        }
        self.write(batch, parts).map_err(output_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed(mut sink: Print, parts: &[&[&str]]) -> String {
        let paper = Paper::default();
        sink = sink.to(paper.clone());
        deliver(&mut sink, 1, parts.iter().map(|rows| rows.to_vec())).expect("printed");
        let bytes = paper.0.lock().expect("no panic").clone();
        let line = "-------------------------------------------\n";
        String::from_utf8(bytes).expect("text").replace(line, "--\n")
    }

    #[test]
    fn the_first_rows_of_all_tasks() {
        let text = printed(print(3), &[&["a"], &[], &["b", "c", "d"], &["e"]]);
        assert_eq!(text, "--\nTime: 1970-01-01T00:00:00Z\n--\na\nb\nc\n...\n\n");
    }

    #[test]
    fn no_dots_where_all_are_shown() {
        let text = printed(print(2), &[&["a", "b"]]);
        assert_eq!(text, "--\nTime: 1970-01-01T00:00:00Z\n--\na\nb\n\n");
        let text = printed(print(0), &[&["a"]]);
        assert_eq!(text, "--\nTime: 1970-01-01T00:00:00Z\n--\n...\n\n");
    }

    #[test]
    fn batches_without_rows_are_left_out_unless_asked_for() {
        assert_eq!(printed(print(2), &[&[], &[]]), "");
        let text = printed(print(2).with_empty_batches(), &[]);
        assert_eq!(text, "--\nTime: 1970-01-01T00:00:00Z\n--\n\n");
    }
}
