//! Group commit: what comes while a batch is made durable shares the next one.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use streamflow::checkpoint::{Error, FileId, MemoryStorage, Storage};
use streamflow::{Checkpoint, sink, source, stream};

/// What has become of the sync that is held up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sync {
    Ahead,
    HeldUp,
    Allowed,
}

/// A directory in memory that holds up the sync of the record that tells of the key `first`.
#[derive(Clone)]
struct Gate {
    files: MemoryStorage,
    sync: Arc<(Mutex<Sync>, Condvar)>,
    /// That record has been appended.
    appended: bool,
}

impl Gate {
    fn set(&self, to: Sync) {
        *self.sync.0.lock().expect("no panic") = to;
        self.sync.1.notify_all();
    }
    fn wait(&self, until: Sync) {
        let sync = self.sync.0.lock().expect("no panic");
        let waited = self.sync.1.wait_timeout_while(sync, Duration::from_secs(60), |sync| *sync != until);
        assert!(!waited.expect("no panic").1.timed_out(), "nothing is {until:?}");
    }
}

impl Storage for Gate {
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        self.files.create_new(name)
    }
    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        self.appended |= bytes.windows(5).any(|text| text == b"first");
        self.files.append(file, bytes)
    }
    fn sync(&mut self, file: FileId) -> Result<(), Error> {
        if std::mem::take(&mut self.appended) {
            self.set(Sync::HeldUp);
            self.wait(Sync::Allowed);
        }
        self.files.sync(file)
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
    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(self.clone()))
    }
}

#[test]
fn what_comes_while_a_batch_is_made_durable_shares_the_next_one() {
    let gate = Gate {
        files: MemoryStorage::new(),
        sync: Arc::new((Mutex::new(Sync::Ahead), Condvar::new())),
        appended: false,
    };
    let (pusher, pushed) = source::pushed("words");
    let batches = Arc::new(Mutex::new(vec![]));
    let seen = batches.clone();
    let job = stream! {
        pushed
            -> map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            -> key_by(|word| word.clone())
            -> count() as words
            -> map(|row| row.value)
            -> sink::for_each_batch(move |_, rows: Vec<u64>| seen.lock().expect("no panic").push(rows.len()))
    };
    let job = job.checkpoint(Checkpoint::new(gate.clone())).start().expect("a job");
    let push = |word: &str| pusher.push(word.as_bytes()).expect("a job that takes it");
    drop(push("first"));
    gate.wait(Sync::HeldUp);
    let second = push("second");
    // a job that takes it at once has time to do so
    std::thread::sleep(Duration::from_millis(50));
    assert!(!second.is_safe(), "a batch has taken it");
    drop((push("third"), push("fourth")));
    gate.set(Sync::Allowed);
    drop(pusher);
    job.wait().expect("a job that ends well");
    assert_eq!(*batches.lock().expect("no panic"), [1, 3]);
}

#[test]
fn what_a_source_means_to_be_a_batch_stays_one() {
    let batches = Arc::new(Mutex::new(vec![]));
    let seen = batches.clone();
    let cut: Vec<Vec<u64>> = (0..50).map(|batch| (0..=batch % 3).collect()).collect();
    let job = stream! {
        source::batches(cut.clone())
            -> sink::for_each_batch(move |_, rows: Vec<u64>| seen.lock().expect("no panic").push(rows))
    };
    job.checkpoint(Checkpoint::new(MemoryStorage::new())).signals(false).run().expect("a job that ends well");
    assert_eq!(*batches.lock().expect("no panic"), cut);
}
