//! A directory that notes how long its syncs take.

use hdrhistogram::Histogram;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use streamflow::checkpoint::{Error, FileId, Storage};

/// Nanoseconds of each sync. Clones note them in one place.
pub type Times = Arc<Mutex<Histogram<u64>>>;

pub struct TimedStorage {
    pub files: Box<dyn Storage>,
    pub syncs: Times,
}

impl Storage for TimedStorage {
    fn sync(&mut self, file: FileId) -> Result<(), Error> {
        let began = Instant::now();
        self.files.sync(file)?;
        self.syncs.lock().expect("no panic").saturating_record(began.elapsed().as_nanos() as u64);
        Ok(())
    }
    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(TimedStorage { files: self.files.handle()?, syncs: self.syncs.clone() }))
    }
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        self.files.create_new(name)
    }
    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        self.files.append(file, bytes)
    }
    fn close(&mut self, file: FileId) {
        self.files.close(file);
    }
    fn sync_dir(&mut self) -> Result<(), Error> {
        self.files.sync_dir()
    }
    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        self.files.read(name, offset, length)
    }
    fn length(&self, name: &str) -> Result<u64, Error> {
        self.files.length(name)
    }
    fn list(&self) -> Result<Vec<String>, Error> {
        self.files.list()
    }
    fn delete(&mut self, name: &str) -> Result<(), Error> {
        self.files.delete(name)
    }
    fn lock(&mut self) -> Result<(), Error> {
        self.files.lock()
    }
}
