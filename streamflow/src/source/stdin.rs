//! Lines of standard input.

use super::lines::{Assembler, Fed, Feed, LineBlock, Rules, line_options, stored_lines};
use super::{Journal, Poll, Receive, Signal, Source, journaled};
use crate::{Error, ErrorKind};
use std::io::Read;

/// The lines of standard input, until it ends.
///
/// ```
/// use streamflow::source::{self, OnBad};
/// use streamflow::Source;
///
/// let input = source::stdin().invalid_utf8(OnBad::Replace);
/// assert_eq!(input.name(), "lines of standard input");
/// ```
///
/// # Order
/// The order of the input.
///
/// # Failure
/// Lines that are no good are dealt with by the policies, which by default end the job and name the line.
///
/// # Cost
/// A thread reads ahead, about a mebibyte at most. A job that ends before its input leaves that thread
/// waiting for the input until the process ends.
///
/// # After a crash
/// Standard input cannot go back: what was read and not committed is lost. [`journaled`](Stdin::journaled) narrows that to what was
/// read and not yet durable, some milliseconds; what writes there cannot be told. Where that matters put it into a file and read that with
/// [`file::lines`](crate::file::lines()).
pub fn stdin() -> Stdin {
    from(Box::new(std::io::stdin()))
}

fn from(input: Box<dyn Read + Send>) -> Stdin {
    let assembler = Assembler::new("standard input");
    Stdin { input: Some(input), feed: None, assembler, rules: Rules::default() }
}

/// The source of [`stdin`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Stdin {
    input: Option<Box<dyn Read + Send>>,
    feed: Option<Feed>,
    assembler: Assembler,
    rules: Rules,
}

impl Stdin {
    line_options!(rules);

    /// Keeps what was read in a receiver log, so that the job can deliver exactly once; see [`Journal`].
    ///
    /// ```
    /// # use streamflow::{source, stream};
    /// let _job = stream! {
    ///     #![delivery(exactly_once)]
    ///     #![checkpoint("state")]
    ///     source::stdin().journaled() -> count() -> streamflow::file::write("counts")
    /// };
    /// ```
    ///
    /// # After a crash
    /// Lines that were durable and not committed are read again from the log. Lines that were read from standard input and were
    /// not yet durable, and those that whoever writes there could not write, are lost: nobody can be told.
    pub fn journaled(self) -> Journal<Self> {
        journaled(self)
    }
}

impl Receive for Stdin {
    stored_lines!();
}

impl Source for Stdin {
    type Offset = ();
    type Block = LineBlock;
    type Item<'b>
        = &'b str
    where
        Self: 'b;

    fn name(&self) -> String {
        "lines of standard input".to_owned()
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.rules.open()?;
        if let Some(input) = self.input.take() {
            let feed = Feed::start("standard input", input, signal).map_err(|cause| {
                Error::new(ErrorKind::System, "cannot start the thread that reads standard input").because(cause)
            })?;
            self.feed = Some(feed);
        }
        Ok(())
    }

    fn partition_name(&self, _partition: usize) -> String {
        "standard input".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        let Some(feed) = &mut self.feed else {
            return Ok(Poll::Ended);
        };
        let (poll, fed) = feed.poll(&mut self.assembler, budget, &mut self.rules)?;
        match fed {
            Fed::Open => Ok(poll),
            Fed::Ended => {
                self.feed = None;
                Ok(poll)
            }
            Fed::Broken(cause) => Err(Error::new(ErrorKind::Source, "cannot read standard input")
                .at(self.assembler.place())
                .because(cause)),
        }
    }

    fn each<'b>(block: &'b LineBlock, each: impl FnMut(&'b str))
    where
        Self: 'b,
    {
        block.each(each);
    }

    fn count(block: &LineBlock) -> Option<u64> {
        block.count()
    }

    fn recycle(&mut self, block: LineBlock) {
        self.rules.recycle(block);
    }

    fn skipped(&self) -> u64 {
        self.rules.skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::MemoryStorage;
    use crate::sink::collect;
    use crate::source::OnBad;
    use crate::source::testing::texts;
    use crate::{Checkpoint, stream};
    use std::io::{Cursor, ErrorKind::ConnectionReset};

    #[test]
    fn lines_are_read_to_the_end_of_the_input() {
        let input = "a line\r\n".repeat(50_000) + "last";
        let mut source = from(Box::new(Cursor::new(input)));
        let lines = texts(&mut source, 1000).expect("reads");
        assert_eq!((lines.len(), lines[0].as_str(), lines[50_000].as_str()), (50_001, "a line", "last"));
    }

    #[test]
    fn the_policies_hold() {
        let mut source = from(Box::new(Cursor::new(b"a\n\xff\nb\n"))).invalid_utf8(OnBad::Skip);
        assert_eq!(texts(&mut source, 1000).expect("reads"), ["a", "b"]);
        assert_eq!(source.skipped(), 1);
        let error = texts(&mut from(Box::new(Cursor::new(b"a\n\xff"))), 10).expect_err("bad");
        assert!(error.to_string().contains("at standard input line 2"), "{error}");
    }

    #[test]
    fn input_that_breaks_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
                Err(ConnectionReset.into())
            }
        }
        for before in ["", "a\nb\n", "a\nb\nhalf a line"] {
            let mut source = from(Box::new(Cursor::new(before).chain(Broken)));
            let signal = Signal::default();
            source.open(&signal).expect("opens");
            let mut seen = Vec::new();
            let error = loop {
                match source.poll(0, 1000) {
                    Ok(Poll::Block { block, .. }) => Stdin::each(&block, |line| seen.push(line.to_owned())),
                    Ok(Poll::Pending) => signal.wait(std::time::Duration::from_secs(5)),
                    Ok(Poll::Ended) => panic!("a broken input has not ended"),
                    Err(error) => break error.to_string(),
                }
            };
            assert_eq!(seen.len(), before.matches('\n').count(), "what came before is given");
            assert!(error.contains("cannot read standard input"), "{error}");
        }
    }

    /// Runs a job behind a receiver log; what it has seen.
    fn through_the_log(input: &'static [u8], storage: &MemoryStorage) -> Result<Vec<String>, Error> {
        let (lines, seen) = (from(Box::new(Cursor::new(input))).journaled(), collect::<String>());
        let job = stream! { lines -> map(|line| line.to_owned()) -> seen.clone() };
        job.checkpoint(Checkpoint::new(storage.clone())).batch_bytes(8).threads(1).run()?;
        Ok(seen.take())
    }

    #[test]
    fn lines_come_out_of_the_log_as_they_went_in() {
        let storage = MemoryStorage::new();
        let lines =
            through_the_log(b"one\r\n\ntwo\rx\na line that is longer than a batch\nlast\r", &storage).expect("reads");
        assert_eq!(lines, ["one", "", "two\rx", "a line that is longer than a batch", "last\r"]);
        // another input is another run of the same source
        assert_eq!(through_the_log(b"more", &storage).expect("reads"), ["more"]);
    }

    #[test]
    fn a_line_that_ends_the_job_is_not_in_the_log() {
        let storage = MemoryStorage::new();
        let error = through_the_log(b"\xff\n", &storage).expect_err("refused");
        assert!(error.to_string().contains("a line is not valid UTF-8"), "{error}");
        assert_eq!(through_the_log(b"good\n", &storage).expect("the line is gone"), ["good"]);
    }

    #[test]
    fn an_input_without_end_is_read_only_as_fast_as_it_is_taken() {
        use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
        static READ: AtomicUsize = AtomicUsize::new(0);
        struct Endless;
        impl Read for Endless {
            fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                READ.fetch_add(1, SeqCst);
                buffer.fill(b'\n');
                Ok(buffer.len())
            }
        }
        let mut source = from(Box::new(Endless));
        let signal = Signal::default();
        source.open(&signal).expect("opens");
        let mut taken = 0;
        while taken < 100 {
            match source.poll(0, 1).expect("reads") {
                Poll::Block { .. } => taken += 1,
                Poll::Pending => signal.wait(std::time::Duration::from_secs(5)),
                Poll::Ended => panic!("the input has no end"),
            }
            assert!(READ.load(SeqCst) <= taken + 18, "the thread ran ahead");
        }
    }
}
