//! Connecting to a peer that may not be there yet.

use crate::{Error, ErrorKind};
use std::io;
use std::net::{TcpStream, ToSocketAddrs};
use std::thread;
use std::time::Duration;

/// How long one address may take to answer. The system's own limit is minutes.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often to try, and how long to wait after the first time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    pub(crate) attempts: u32,
    pub(crate) first_delay: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry { attempts: 5, first_delay: Duration::from_millis(100) }
    }
}

/// Connects to `host:port`, with increasing waits between the attempts.
pub(crate) fn connect(address: &str, retry: Retry, kind: ErrorKind) -> Result<TcpStream, Error> {
    let attempts = retry.attempts.max(1);
    let mut delay = retry.first_delay;
    for attempt in 1.. {
        let cause = match attempt_once(address) {
            Ok(stream) => return Ok(stream),
            Err(cause) => cause,
        };
        // What is not an address does not become one by waiting.
        if cause.kind() == io::ErrorKind::InvalidInput {
            return Err(not_an_address(address, cause, kind));
        }
        if attempt >= attempts {
            let times = if attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
            return Err(Error::new(kind, format!("cannot connect to `{address}` after {times}"))
                .because(cause)
                .help("check the address and that the server runs, or wait longer with `retry(attempts, delay)`"));
        }
        thread::sleep(delay);
        delay = delay.saturating_mul(2);
    }
    unreachable!("the loop ends with its last attempt")
}

pub(crate) fn not_an_address(address: &str, cause: io::Error, kind: ErrorKind) -> Error {
    Error::new(kind, format!("`{address}` is not an address"))
        .because(cause)
        .help("write it as `host:port`, for instance `localhost:9999`")
}

fn attempt_once(address: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}
