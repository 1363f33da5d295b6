//! Lines from TCP connections: of a server ([`lines`]), or of whoever connects ([`listen`]).

pub(crate) mod connect;
mod listen;

pub use listen::{Listen, listen, listener};

use super::lines::{Assembler, Fed, Feed, LineBlock, Rules, line_options, stored_lines};
use super::{Journal, Poll, Receive, Signal, Source, journaled};
use crate::{Error, ErrorKind};
use connect::Retry;
use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Connects to a server and reads the lines it sends, until it closes the connection. What Spark calls
/// `socketTextStream`.
///
/// ```
/// use std::io::Write;
/// use std::net::TcpListener;
/// use streamflow::{Source, tcp};
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let mut prices = tcp::lines(server.local_addr()?);
/// prices.open(&Default::default())?;
/// server.accept()?.0.write_all(b"EUR 1.07\n")?;
/// assert_eq!(prices.partitions()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Order
/// The order in which the server sends.
///
/// # Failure
/// A server that does not answer is tried again, by default five times over 1.5 seconds, and then is an
/// error. A connection that breaks ends the job with an error; one that is closed ends the source. What
/// was sent while no job was connected is lost. Lines that are no good are dealt with by the policies.
///
/// # Cost
/// One thread, which reads ahead about a mebibyte; then the server has to wait.
///
/// # After a crash
/// A connection cannot go back: what was received and not committed is lost. With [`journaled`](Lines::journaled) only what was
/// received and not yet durable is, some milliseconds; the server is not told.
pub fn lines(address: impl fmt::Display) -> Lines {
    Lines { address: address.to_string(), retry: Retry::default(), rules: Rules::default(), connection: None }
}

/// The source of [`lines`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Lines {
    address: String,
    retry: Retry,
    rules: Rules,
    connection: Option<Connection>,
}

impl Lines {
    line_options!(rules);

    /// How often to try to connect, and how long to wait after the first time; the wait doubles from time to
    /// time. Default: five attempts, 100 ms.
    pub fn retry(mut self, attempts: u32, first_delay: Duration) -> Self {
        self.retry = Retry { attempts, first_delay };
        self
    }

    /// Keeps what was received in a receiver log, so that the job can deliver exactly once; see [`Journal`].
    ///
    /// ```
    /// # use streamflow::{stream, tcp};
    /// let _job = stream! {
    ///     #![delivery(exactly_once)]
    ///     #![checkpoint("state")]
    ///     tcp::lines("localhost:9999").journaled() -> count() -> streamflow::file::write("counts")
    /// };
    /// ```
    ///
    /// # After a crash
    /// Lines that were durable and not committed are read again from the log. The server is not told what is durable: what it sent
    /// in the last milliseconds, and while no job was connected, is lost.
    pub fn journaled(self) -> Journal<Self> {
        journaled(self)
    }
}

impl Receive for Lines {
    stored_lines!();
}

impl Source for Lines {
    type Offset = ();
    type Block = LineBlock;
    type Item<'b>
        = &'b str
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("lines from {}", self.address)
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.rules.open()?;
        let stream = connect::connect(&self.address, self.retry, ErrorKind::Source)?;
        self.connection = Some(Connection::start(stream, self.address.clone(), signal)?);
        Ok(())
    }

    fn partition_name(&self, _partition: usize) -> String {
        self.address.clone()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        let Some(connection) = &mut self.connection else {
            return Ok(Poll::Ended);
        };
        let (poll, fed) = connection.poll(budget, &mut self.rules)?;
        match fed {
            Fed::Open => {}
            Fed::Ended => self.connection = None,
            Fed::Broken(cause) => return Err(connection.broken(cause)),
        }
        Ok(poll)
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

/// A connection and the thread that reads it. Dropping it ends both.
struct Connection {
    stream: TcpStream,
    feed: Feed,
    assembler: Assembler,
}

impl Connection {
    fn start(stream: TcpStream, peer: String, signal: &Signal) -> Result<Self, Error> {
        let start = || {
            let feed = Feed::start(&peer, stream.try_clone()?, signal)?;
            io::Result::Ok(feed)
        };
        let feed = start().map_err(|cause| {
            Error::new(ErrorKind::System, format!("cannot start the thread that reads from {peer}")).because(cause)
        })?;
        Ok(Connection { stream, feed, assembler: Assembler::new(peer) })
    }

    fn poll(&mut self, budget: usize, rules: &mut Rules) -> Result<(Poll<LineBlock>, Fed), Error> {
        self.feed.poll(&mut self.assembler, budget, rules)
    }

    fn broken(&self, cause: io::Error) -> Error {
        let message = format!("the connection to {} broke", self.assembler.name());
        Error::new(ErrorKind::Source, message)
            .at(self.assembler.place())
            .because(cause)
            .help("check the server and the network, then start the job again")
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Wakes the thread out of its read. It fails when the peer has closed already: then it is awake.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests;
