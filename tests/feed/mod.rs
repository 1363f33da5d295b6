//! What tests of running jobs share: a source that is fed by hand, a sink that keeps a log, and waiting for another thread.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use streamflow::source::{Poll, Signal};
use streamflow::{BatchInfo, Error, Running, Sink, Source};

/// A source that a test feeds by hand while the job runs.
#[derive(Clone, Default)]
pub struct Feed {
    pub blocks: Arc<Mutex<VecDeque<Vec<i64>>>>,
    ended: Arc<AtomicBool>,
    signal: Arc<Mutex<Signal>>,
}

impl Feed {
    pub fn send(&self, records: Vec<i64>) {
        self.blocks.lock().expect("no panic").push_back(records);
        self.signal.lock().expect("no panic").raise();
    }
    pub fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.signal.lock().expect("no panic").raise();
    }
}

impl Source for Feed {
    type Block = Vec<i64>;
    type Item<'b> = i64;
    fn name(&self) -> String {
        "a test".to_owned()
    }
    fn partition_name(&self, _: usize) -> String {
        "a test".to_owned()
    }
    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        *self.signal.lock().expect("no panic") = signal.clone();
        Ok(())
    }
    fn poll(&mut self, _: usize, _: usize) -> Result<Poll<Vec<i64>>, Error> {
        // the order matters: what was sent before the end is still read
        let ended = self.ended.load(Ordering::SeqCst);
        Ok(match self.blocks.lock().expect("no panic").pop_front() {
            Some(block) => Poll::Block { bytes: block.len() * 8, block },
            None if ended => Poll::Ended,
            None => Poll::Pending,
        })
    }
    fn each<'b>(block: &'b Vec<i64>, each: impl FnMut(i64))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

/// What happens to a sink, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn add(&self, entry: impl Into<String>) {
        self.0.lock().expect("no panic").push(entry.into());
    }
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Sink<i64> for Log {
    type Part = Vec<i64>;
    fn name(&self) -> String {
        "a log".to_owned()
    }
    fn part(&self) -> Vec<i64> {
        vec![]
    }
    fn push(part: &mut Vec<i64>, item: i64) {
        part.push(item);
    }
    fn open(&mut self) -> Result<(), Error> {
        self.add("open");
        Ok(())
    }
    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<i64>>) -> Result<(), Error> {
        let rows = parts.concat();
        if !rows.is_empty() {
            self.add(format!("{}: {rows:?}", batch.epoch));
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        self.add("finish");
        Ok(())
    }
}

/// Waits for what another thread is about to do. The limit is for a job that hangs, not a measure of one that works.
pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..60_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("never came: {what}");
}

pub fn records(running: &Running) -> u64 {
    running.progress().map_or(0, |progress| progress.records)
}
