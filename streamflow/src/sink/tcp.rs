//! Lines to a TCP peer.

use super::text::{nothing, push_line, write_all};
use super::{BatchInfo, Sink};
use crate::source::tcp::connect::{Retry, connect};
use crate::{Error, ErrorKind};
use std::fmt;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// Connects to a server and sends it every result as a line, by its `Display`.
///
/// ```
/// use std::net::TcpListener;
/// use streamflow::{Sink, tcp};
///
/// let server = TcpListener::bind("127.0.0.1:0")?;
/// let mut alerts = tcp::write(server.local_addr()?);
/// Sink::<String>::open(&mut alerts)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Failure
/// A server that does not answer is tried again, by default five times over 1.5 seconds, and then is an
/// error. A connection that breaks ends the job with an error; what was sent shortly before may not have
/// arrived.
///
/// # Cost
/// One write for the results of each task. A server that does not read makes the job wait.
///
/// # After a crash
/// At least once: results of a batch leave before it is committed, and may be sent again.
#[must_use]
pub fn write(address: impl fmt::Display) -> Writer {
    Writer { address: address.to_string(), retry: Retry::default(), stream: None }
}

/// The sink of [`write()`].
#[derive(Debug)]
pub struct Writer {
    address: String,
    retry: Retry,
    stream: Option<TcpStream>,
}

impl Writer {
    /// How often to try to connect, and how long to wait after the first time; the wait doubles from time to
    /// time. Default: five attempts, 100 ms.
    #[must_use]
    pub fn retry(mut self, attempts: u32, first_delay: Duration) -> Self {
        self.retry = Retry { attempts, first_delay };
        self
    }

    fn broken(&self, cause: io::Error) -> Error {
        Error::new(ErrorKind::Sink, format!("the connection to `{}` broke", self.address))
            .because(cause)
            .help("check the server and the network, then start the job again")
    }
}

impl<T: fmt::Display> Sink<T> for Writer {
    type Part = Vec<u8>;

    fn name(&self) -> String {
        format!("lines to {}", self.address)
    }

    fn part(&self) -> Vec<u8> {
        Vec::new()
    }

    fn push(part: &mut Vec<u8>, item: T) {
        push_line(part, item);
    }

    fn open(&mut self) -> Result<(), Error> {
        let stream = connect(&self.address, self.retry, ErrorKind::Sink)?;
        // A batch is written at once; waiting for more would only delay it.
        stream.set_nodelay(true).map_err(|cause| self.broken(cause))?;
        self.stream = Some(stream);
        Ok(())
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<u8>>) -> Result<(), Error> {
        if nothing(&parts) {
            return Ok(());
        }
        let result = match &mut self.stream {
            Some(stream) => write_all(stream, &parts),
            None => Err(io::ErrorKind::NotConnected.into()),
        };
        result.map_err(|cause| self.broken(cause))
    }

    fn finish(&mut self) -> Result<(), Error> {
        match self.stream.take().map(|stream| stream.shutdown(Shutdown::Write)) {
            Some(Err(cause)) => Err(self.broken(cause)),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;
    use std::io::Read;
    use std::net::TcpListener;

    #[test]
    fn the_peer_gets_every_row_as_a_line_and_then_the_end() {
        let server = TcpListener::bind("127.0.0.1:0").expect("bound");
        let mut sink = write(server.local_addr().expect("an address"));
        Sink::<i32>::open(&mut sink).expect("connected");
        let (mut peer, _) = server.accept().expect("accepted");
        deliver(&mut sink, 1, [vec![1, 2], vec![3]]).expect("sent");
        deliver(&mut sink, 2, [vec!["four"]]).expect("sent");
        Sink::<i32>::finish(&mut sink).expect("ended");
        let mut text = String::new();
        peer.read_to_string(&mut text).expect("received");
        assert_eq!(text, "1\n2\n3\nfour\n");
    }

    #[test]
    fn a_peer_that_closes_is_an_error_with_the_address() {
        let server = TcpListener::bind("127.0.0.1:0").expect("bound");
        let address = server.local_addr().expect("an address");
        let mut sink = write(address);
        Sink::<i32>::open(&mut sink).expect("connected");
        drop(server.accept().expect("accepted"));
        // The system takes some bytes before it knows; then it says so.
        let error = (1..).find_map(|epoch| deliver(&mut sink, epoch, [vec!["x"]]).err());
        let error = error.expect("the loop ends with an error");
        assert_eq!(error.kind(), ErrorKind::Sink);
        assert!(error.to_string().contains(&format!("the connection to `{address}` broke")), "{error}");
    }

    #[test]
    fn a_refused_connection_is_an_error_of_the_sink() {
        let free = TcpListener::bind("127.0.0.1:0").expect("bound").local_addr().expect("an address");
        let mut sink = write(free).retry(2, Duration::from_millis(1));
        let error = Sink::<i32>::open(&mut sink).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Sink);
        assert!(error.to_string().contains(&format!("`{free}` after 2 attempts")), "{error}");
    }
}
