//! Lines on standard output.

use super::text::{nothing, output_error, push_line, write_all};
use super::{BatchInfo, Sink};
use crate::Error;
use std::fmt;

/// Prints every result on a line of its own, by its `Display`.
///
/// To print it otherwise, put a `map` that formats it before the sink.
///
/// ```
/// use std::time::SystemTime;
/// use streamflow::sink::{self, BatchInfo, Sink};
///
/// let mut out = sink::stdout();
/// let mut part = Sink::<i32>::part(&out);
/// sink::Stdout::push(&mut part, 42);
/// let batch = BatchInfo { epoch: 1, time: SystemTime::now() };
/// Sink::<i32>::deliver(&mut out, batch, vec![part])?;
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Failure
/// When the reader has gone (`| head`), the job ends without an error:
/// [`ErrorKind::Closed`](crate::ErrorKind::Closed).
///
/// # Cost
/// Rows are formatted in the parallel tasks, and written and flushed once a batch.
///
/// # After a crash
/// At least once: results of a batch leave before it is committed, and may be printed again.
#[must_use]
pub fn stdout() -> Stdout {
    Stdout
}

/// The sink of [`stdout`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Stdout;

impl<T: fmt::Display> Sink<T> for Stdout {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        "standard output".to_owned()
    }

    fn part(&self) -> Vec<u8> {
        Vec::new()
    }

    fn push(part: &mut Vec<u8>, item: T) {
        push_line(part, item);
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if nothing(&parts) {
            return Ok(());
        }
        write_all(&mut std::io::stdout().lock(), &parts).map_err(output_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use std::io::Read;

    #[test]
    fn every_row_is_a_line_in_the_order_of_the_parts() {
        let mut parts = vec![Vec::new(), Vec::new(), Vec::new()];
        Stdout::push(&mut parts[0], "a");
        Stdout::push(&mut parts[2], 2.5);
        let (mut reader, mut writer) = std::io::pipe().expect("a pipe");
        write_all(&mut writer, &parts).expect("written");
        drop(writer);
        let mut text = String::new();
        reader.read_to_string(&mut text).expect("read");
        assert_eq!(text, "a\n2.5\n");
    }

    #[test]
    fn a_closed_pipe_is_the_end_and_a_full_disk_a_failure() {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let error = write_all(&mut writer, &[b"a\n".to_vec()]).map_err(output_error).expect_err("closed");
        assert_eq!(error.kind(), ErrorKind::Closed);
        let error = output_error(std::io::ErrorKind::StorageFull.into());
        assert_eq!(error.kind(), ErrorKind::Sink);
    }

    #[test]
    fn a_batch_without_rows_writes_nothing() {
        assert!(nothing(&[]) && nothing(&[Vec::new()]) && !nothing(&[Vec::new(), b"\n".to_vec()]));
    }
}
