//! A thread that reads where reading waits, and hands over what it got.

use super::{Assembler, LineBlock, Rules};
use crate::Error;
use crate::source::{Poll, Signal};
use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

/// Bytes of one read.
const CHUNK: usize = 64 * 1024;
/// Reads that may wait for the engine. When they do, the thread stops reading, so the peer has to wait.
const CHUNKS: usize = 16;

/// What a thread reads. Dropping it ends the thread at its next read.
#[derive(Debug)]
pub(crate) struct Feed {
    receiver: Receiver<io::Result<Vec<u8>>>,
    /// What broke the input, until all that came before has been given.
    broken: Option<io::Error>,
    /// A line that the end of the input cuts off counts as none.
    whole_lines: bool,
}

/// How the input stands after [`Feed::poll`].
#[derive(Debug)]
pub(crate) enum Fed {
    /// There may be more later.
    Open,
    /// The input has ended.
    Ended,
    /// The input broke; what came before was given.
    Broken(io::Error),
}

impl Feed {
    /// Starts the thread.
    pub(crate) fn start(name: &str, input: impl Read + Send + 'static, signal: &Signal) -> io::Result<Feed> {
        let (sender, receiver) = sync_channel(CHUNKS);
        let signal = signal.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            read(input, &sender, &signal);
            // The engine must find the channel closed when the signal wakes it for the last time.
            drop(sender);
            signal.raise();
        })?;
        Ok(Feed { receiver, broken: None, whole_lines: false })
    }

    /// From now on the last line counts only if it has its ending.
    pub(crate) fn whole_lines(&mut self) {
        self.whole_lines = true;
    }

    /// What a source answers whose lines come from this thread. With [`Fed::Ended`] comes what there was
    /// before the end.
    pub(crate) fn poll(
        &mut self,
        assembler: &mut Assembler,
        budget: usize,
        rules: &mut Rules,
    ) -> Result<(Poll<LineBlock>, Fed), Error> {
        let mut buffer = assembler.buffer(rules);
        let carried = buffer.len();
        let fed = self.take(&mut buffer, budget);
        let read = buffer.len() - carried;
        let block = assembler.block(buffer, matches!(fed, Fed::Ended) && !self.whole_lines, rules)?;
        let poll = match (block, &fed) {
            (Some(block), _) => Poll::Block { block, bytes: read.max(1) },
            (None, Fed::Ended) => Poll::Ended,
            // A full budget without a line, or an error to come: there is more, and no signal need follow.
            (None, _) if read >= budget.max(1) || self.broken.is_some() => {
                Poll::Block { block: LineBlock::empty(), bytes: read }
            }
            (None, _) => Poll::Pending,
        };
        Ok((poll, fed))
    }

    /// Appends about `budget` bytes of what was read by now. Does not wait.
    fn take(&mut self, buffer: &mut Vec<u8>, budget: usize) -> Fed {
        let start = buffer.len();
        if let Some(error) = self.broken.take() {
            return Fed::Broken(error);
        }
        while buffer.len() - start < budget.max(1) {
            match self.receiver.try_recv() {
                Ok(Ok(chunk)) => buffer.extend_from_slice(&chunk),
                Ok(Err(error)) if buffer.len() > start => {
                    self.broken = Some(error);
                    return Fed::Open;
                }
                Ok(Err(error)) => return Fed::Broken(error),
                Err(TryRecvError::Empty) => return Fed::Open,
                Err(TryRecvError::Disconnected) => return Fed::Ended,
            }
        }
        Fed::Open
    }
}

fn read(mut input: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>, signal: &Signal) {
    let mut buffer = vec![0; CHUNK];
    loop {
        let chunk = match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok(buffer[..length].to_vec()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let broken = chunk.is_err();
        // The receiver is gone when the source was dropped.
        if sender.send(chunk).is_err() {
            return;
        }
        signal.raise();
        if broken {
            return;
        }
    }
}
