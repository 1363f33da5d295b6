//! What stands between the thread that receives and the engine: durable blocks, at most so many bytes of them.

use crate::Error;
use crate::source::Signal;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The queue, and who is woken by its changes.
pub(super) struct Queue {
    inner: Mutex<Inner>,
    /// The engine: there is a block, or an end.
    given: Signal,
    /// Who receives: there is room, something has arrived, or it is to stop.
    pub(super) wanted: Signal,
}

struct Inner {
    blocks: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
    most: usize,
    skipped: u64,
    stopping: bool,
    end: Option<End>,
}

/// Why nothing more comes.
pub(super) enum End {
    /// The input has ended.
    Ended,
    /// Told once; then the source has ended.
    Failed(Error),
    /// Nobody receives any more and nobody has said why.
    Gone,
}

/// What the engine finds.
pub(super) enum Found {
    Block(u64, Vec<u8>),
    Nothing,
    Ended,
    Failed(Error),
    Gone,
}

impl Queue {
    pub fn new(given: Signal, wanted: Signal, most: usize, skipped: u64, blocks: VecDeque<(u64, Vec<u8>)>) -> Self {
        let bytes = blocks.iter().map(|(_, bytes)| bytes.len()).sum();
        let inner = Inner { blocks, bytes, most, skipped, stopping: false, end: None };
        Queue { inner: Mutex::new(inner), given, wanted }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // each change is whole before the next one: a panic elsewhere leaves nothing half done
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for so many more bytes. None: wait until some are taken.
    pub fn room(&self) -> usize {
        let inner = self.inner();
        inner.most.saturating_sub(inner.bytes)
    }

    pub fn put(&self, number: u64, bytes: Vec<u8>) {
        let mut inner = self.inner();
        inner.bytes += bytes.len();
        inner.blocks.push_back((number, bytes));
        drop(inner);
        self.given.raise();
    }

    pub fn take(&self) -> Found {
        let mut inner = self.inner();
        if let Some((number, bytes)) = inner.blocks.pop_front() {
            inner.bytes -= bytes.len();
            drop(inner);
            self.wanted.raise();
            return Found::Block(number, bytes);
        }
        match inner.end {
            None => Found::Nothing,
            Some(End::Ended) => Found::Ended,
            Some(End::Gone) => Found::Gone,
            Some(End::Failed(_)) => match inner.end.replace(End::Ended) {
                Some(End::Failed(error)) => Found::Failed(error),
                _ => Found::Ended,
            },
        }
    }

    /// Nothing more will be put. The first reason stays.
    pub fn end(&self, end: End) {
        self.inner().end.get_or_insert(end);
        self.given.raise();
    }

    /// What has failed, if the engine has not been told.
    pub fn failure(&self) -> Option<Error> {
        match self.inner().end.replace(End::Ended) {
            Some(End::Failed(error)) => Some(error),
            _ => None,
        }
    }

    pub fn stop(&self) {
        self.inner().stopping = true;
        self.wanted.raise();
    }

    pub fn stopping(&self) -> bool {
        self.inner().stopping
    }

    pub fn skipped(&self) -> u64 {
        self.inner().skipped
    }

    pub fn set_skipped(&self, skipped: u64) {
        self.inner().skipped = skipped;
    }
}
