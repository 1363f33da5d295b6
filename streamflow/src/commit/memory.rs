//! A directory in memory, for tests of what stands above it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Error, ErrorKind, FileId, Storage};

/// Files in memory: durable as long as a clone of it is kept.
///
/// A clone sees the same files but is another process to the lock. For crashes and faults there is
/// [`SimStorage`](crate::testing::SimStorage).
///
/// ```
/// use streamflow::checkpoint::{MemoryStorage, Storage};
/// let mut storage = MemoryStorage::new();
/// let file = storage.create_new("a")?;
/// storage.append(file, b"bytes")?;
/// assert_eq!(storage.clone().length("a")?, 5);
/// # Ok::<(), streamflow::checkpoint::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStorage {
    shared: Arc<Mutex<Files>>,
    lock: Option<Arc<()>>,
}

#[derive(Debug, Default)]
struct Files {
    names: BTreeMap<String, usize>,
    bytes: Vec<Vec<u8>>,
    lock: std::sync::Weak<()>,
}

impl Clone for MemoryStorage {
    fn clone(&self) -> Self {
        MemoryStorage { shared: Arc::clone(&self.shared), lock: None }
    }
}

impl MemoryStorage {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        MemoryStorage::default()
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        // every change is one call on one collection, so what a panic leaves is whole
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a file there as it is, in place of one of that name.
    pub fn put(&self, name: &str, bytes: Vec<u8>) {
        let mut files = self.files();
        if let Some(number) = files.names.get(name).copied() {
            files.bytes[number] = bytes;
            return;
        }
        files.bytes.push(bytes);
        let number = files.bytes.len() - 1;
        files.names.insert(name.to_string(), number);
    }
}

fn missing(name: &str) -> Error {
    Error::io("cannot open", name, std::io::ErrorKind::NotFound.into())
}

impl Storage for MemoryStorage {
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        if self.files().names.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyThere, "this file is there already").file(name));
        }
        self.put(name, Vec::new());
        Ok(FileId(self.files().bytes.len() as u64 - 1))
    }

    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        let mut files = self.files();
        let place = usize::try_from(file.0).ok().and_then(|number| files.bytes.get_mut(number));
        place.ok_or_else(|| Error::new(ErrorKind::Refused, "no such file"))?.extend_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self, _file: FileId) -> Result<(), Error> {
        Ok(())
    }

    fn close(&mut self, _file: FileId) {}

    fn sync_dir(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let files = self.files();
        let bytes = &files.bytes[*files.names.get(name).ok_or_else(|| missing(name))?];
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[from..from.saturating_add(length).min(bytes.len())].to_vec())
    }

    fn length(&self, name: &str) -> Result<u64, Error> {
        let files = self.files();
        let number = *files.names.get(name).ok_or_else(|| missing(name))?;
        Ok(files.bytes[number].len() as u64)
    }

    fn list(&self) -> Result<Vec<String>, Error> {
        Ok(self.files().names.keys().cloned().collect())
    }

    fn delete(&mut self, name: &str) -> Result<(), Error> {
        self.files().names.remove(name).map(|_| ()).ok_or_else(|| missing(name))
    }

    fn lock(&mut self) -> Result<(), Error> {
        let mut files = self.files();
        if files.lock.upgrade().is_some() {
            return Err(Error::new(ErrorKind::Locked, "the directory in memory is held by another handle"));
        }
        let lock = Arc::new(());
        files.lock = Arc::downgrade(&lock);
        drop(files);
        self.lock = Some(lock);
        Ok(())
    }

    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(MemoryStorage { shared: Arc::clone(&self.shared), lock: self.lock.clone() }))
    }
}
