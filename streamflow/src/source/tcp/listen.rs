//! Lines of every client that connects.

use super::Connection;
use super::connect::not_an_address;
use crate::source::lines::{Fed, LineBlock, Rules, line_options, stored_lines};
use crate::source::{Journal, Poll, Receive, Signal, Source, journaled};
use crate::{Error, ErrorKind};
use std::fmt;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How soon a client that connects is noticed. Bytes of clients wake the engine at once.
const ACCEPT: Duration = Duration::from_millis(20);
/// How long an answer may take to get into the send buffer. One is full when a client has not read thousands of answers.
const ANSWER: Duration = Duration::from_millis(100);

/// Listens on an address and reads the lines of every client that connects; it never ends by itself.
///
/// ```
/// use streamflow::{Source, tcp};
///
/// let mut readings = tcp::listen("127.0.0.1:0").max_connections(1000);
/// readings.open(&Default::default())?;
/// let address = readings.local_address().expect("it listens");
/// assert_ne!(address.port(), 0);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// To know the port before the job runs, bind a listener yourself and give it to [`listener`].
///
/// # Order
/// Every connection is a partition with its lines in order; nothing is promised between connections.
///
/// # Failure
/// An address that is in use is refused when the job starts. A client that breaks off ends only its own
/// partition; its last line counts even if it was not complete. By default a line that is no good ends the job:
/// where clients are not trusted, set the policies to leave such lines out.
///
/// # Cost
/// A thread and about a mebibyte for every connection, at most 256 unless
/// [`max_connections`](Listen::max_connections) says otherwise. Clients beyond that wait to be accepted.
///
/// # After a crash
/// A connection cannot go back: what was received and not committed is lost, and clients have to connect again. With
/// [`journaled`](Listen::journaled) only what was received and not yet durable is, and with
/// [`acknowledge`](Journal::acknowledge) clients know what that is.
pub fn listen(address: impl fmt::Display) -> Listen {
    Listen::new(address.to_string(), None)
}

/// As [`listen`], on a listener that is bound already.
///
/// ```
/// use std::net::TcpListener;
/// use streamflow::{Source, tcp};
///
/// let bound = TcpListener::bind("127.0.0.1:0")?;
/// let address = bound.local_addr()?;
/// let readings = tcp::listener(bound);
/// assert_eq!(readings.name(), format!("lines of clients of {address}"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # After a crash
/// As with [`listen`].
pub fn listener(listener: TcpListener) -> Listen {
    let address = listener.local_addr().map_or_else(|_| "a listener".to_owned(), |at| at.to_string());
    Listen::new(address, Some(listener))
}

/// The source of [`listen`] and [`listener`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Listen {
    address: String,
    listener: Option<TcpListener>,
    signal: Signal,
    clients: Vec<Client>,
    open: usize,
    max_connections: usize,
    /// Clients are told how many of their lines are durable.
    acknowledges: bool,
    rules: Rules,
}

struct Client {
    peer: String,
    /// None when it has ended. Its number stays taken.
    connection: Option<Connection>,
    /// It has sent its last line, and is still to be told.
    ended: bool,
    /// Lines that it has sent, those that were left out included.
    lines: u64,
    /// Those that it was told are durable.
    told: u64,
}

impl Listen {
    line_options!(rules);

    /// How many clients are served at the same time; the others wait. Default: 256.
    pub fn max_connections(mut self, clients: usize) -> Self {
        self.max_connections = clients;
        self
    }

    /// Keeps what was received in a receiver log, so that the job can deliver exactly once; see [`Journal`]. All clients together are
    /// one partition then.
    ///
    /// ```
    /// # use streamflow::{stream, tcp};
    /// let _job = stream! {
    ///     #![delivery(exactly_once)]
    ///     #![checkpoint("state")]
    ///     tcp::listen("0.0.0.0:9999").journaled() -> count() -> streamflow::file::write("counts")
    /// };
    /// ```
    ///
    /// # After a crash
    /// Lines that were durable and not committed are read again from the log. [`acknowledge`](Journal::acknowledge) tells clients
    /// which are.
    pub fn journaled(self) -> Journal<Self> {
        journaled(self)
    }

    /// The address this listens on, once it does: the port that the system chose for port 0.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.listener.as_ref()?.local_addr().ok()
    }

    fn new(address: String, listener: Option<TcpListener>) -> Self {
        Listen {
            address,
            listener,
            signal: Signal::default(),
            clients: Vec::new(),
            open: 0,
            max_connections: 256,
            acknowledges: false,
            rules: Rules::default(),
        }
    }

    fn error(&self, what: &str, cause: io::Error) -> Error {
        Error::new(ErrorKind::Source, format!("cannot {what} `{}`", self.address)).because(cause)
    }

    fn bind(&self) -> Result<TcpListener, Error> {
        TcpListener::bind(&self.address).map_err(|cause| match cause.kind() {
            io::ErrorKind::AddrInUse => {
                Error::new(ErrorKind::Source, format!("the address `{}` is in use", self.address))
                    .because(cause)
                    .help("stop the program that listens there, or choose another port")
            }
            io::ErrorKind::InvalidInput => not_an_address(&self.address, cause, ErrorKind::Source),
            _ => self
                .error("listen on", cause)
                .help("check that the address belongs to this machine and the port may be used"),
        })
    }
}

impl Source for Listen {
    type Offset = ();
    type Block = LineBlock;
    type Item<'b>
        = &'b str
    where
        Self: 'b;

    fn name(&self) -> String {
        format!("lines of clients of {}", self.address)
    }

    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        self.rules.open()?;
        self.signal = signal.clone();
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => self.bind()?,
        };
        // Clients are accepted between polls, so no thread waits here that a dropped source must wake.
        listener.set_nonblocking(true).map_err(|cause| self.error("listen on", cause))?;
        self.listener = Some(listener);
        Ok(())
    }

    fn partitions(&mut self) -> Result<usize, Error> {
        while let Some(listener) = &self.listener
            && self.open < self.max_connections
        {
            let (stream, peer) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(cause) => match cause.kind() {
                    io::ErrorKind::WouldBlock => break,
                    // This client has gone again, or a system call was interrupted: the next one.
                    io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted => {
                        continue;
                    }
                    _ => {
                        return Err(self
                            .error("accept a connection on", cause)
                            .help("lower `max_connections`, or raise the limit of open files"));
                    }
                },
            };
            let peer = peer.to_string();
            // Some systems hand the listener's mode on to the connection.
            stream.set_nonblocking(false).map_err(|cause| self.error("serve a client of", cause))?;
            if self.acknowledges {
                stream.set_write_timeout(Some(ANSWER)).map_err(|cause| self.error("serve a client of", cause))?;
            }
            let mut connection = Connection::start(stream, peer.clone(), &self.signal)?;
            if self.acknowledges {
                connection.feed.whole_lines();
            }
            self.clients.push(Client { peer, connection: Some(connection), ended: false, lines: 0, told: 0 });
            self.open += 1;
        }
        Ok(self.clients.len())
    }

    fn partition_name(&self, partition: usize) -> String {
        self.clients[partition].peer.clone()
    }

    fn complete(&self) -> bool {
        false
    }

    fn poll(&mut self, partition: usize, budget: usize) -> Result<Poll<LineBlock>, Error> {
        let client = &mut self.clients[partition];
        let Some(connection) = client.connection.as_mut().filter(|_| !client.ended) else {
            return Ok(Poll::Ended);
        };
        let (poll, fed) = connection.poll(budget, &mut self.rules)?;
        client.lines = connection.assembler.lines();
        match fed {
            // After a break the thread has ended: the next poll finds the end.
            Fed::Open | Fed::Broken(_) => {}
            Fed::Ended => {
                // one that has sent its last line may wait for the answer
                if self.acknowledges && client.lines > client.told {
                    client.ended = true;
                } else {
                    client.connection = None;
                }
                self.open -= 1;
            }
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

    fn poll_after(&self) -> Option<Duration> {
        Some(ACCEPT)
    }

    fn skipped(&self) -> u64 {
        self.rules.skipped
    }
}

impl Receive for Listen {
    stored_lines!();

    fn received(&self, partition: usize) -> u64 {
        self.clients[partition].lines
    }

    fn durable(&mut self, partition: usize, received: u64) {
        let client = &mut self.clients[partition];
        client.told = received;
        if let (true, Some(connection)) = (self.acknowledges, &client.connection) {
            let told = (&connection.stream).write_all(format!("{received}\n").as_bytes());
            // half an answer must not be followed by another one: who does not read has to connect again
            if told.is_err() || client.ended && received == client.lines {
                client.connection = None;
            }
        }
    }
}

impl Journal<Listen> {
    /// Tells every client how many of the lines of its connection are durable: a line with that number, again and again as it grows. Lines
    /// that a policy leaves out count too. A client keeps what it has sent until it is told; when its connection breaks it connects
    /// again and sends all behind the last number that it has got.
    ///
    /// ```no_run
    /// # use streamflow::{sink, stream, tcp};
    /// let job = stream! {
    ///     #![checkpoint("state")]
    ///     tcp::listen("0.0.0.0:9999").journaled().acknowledge() -> map(|line| line.len()) -> sink::stdout()
    /// };
    /// job.run()?;
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// # Failure
    /// A last line without its ending counts as not sent. A client that does not read its answers until the send buffer of its connection is full
    /// is disconnected.
    ///
    /// # After a crash
    /// A number that a client has got holds. Lines behind it may be durable all the same, and are there twice when they are sent again.
    pub fn acknowledge(self) -> Self {
        self.map(|listen| Listen { acknowledges: true, ..listen })
    }
}
