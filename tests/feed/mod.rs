//! What tests of running jobs share: a sink that keeps a log, and waiting for another thread.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use streamflow::{BatchInfo, Error, Running, Sink};

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
