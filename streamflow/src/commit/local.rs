//! A directory of the local file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Error, ErrorKind, FileId, Process, Storage};

const LOCK: &str = "LOCK";

/// A checkpoint directory on a local disk, with the standard library alone.
///
/// Files are created with `O_EXCL` and appended to; `sync` is `fdatasync`, and names become durable by an `fsync` of the directory.
/// The lock is one of the operating system on the file `LOCK` (`File::try_lock`): it ends with the process, however that ends. On
/// network file systems locks may not hold; use a local disk.
///
/// ```
/// use streamflow::checkpoint::{LocalStorage, Storage};
/// # let place = tempfile::tempdir()?;
/// let mut storage = LocalStorage::open(place.path().join("counts"))?;
/// storage.lock()?;
/// let file = storage.create_new("hello")?;
/// storage.append(file, b"durable")?;
/// storage.sync(file)?;
/// storage.sync_dir()?;
/// assert_eq!(storage.read("hello", 0, 100)?, b"durable");
/// assert!(LocalStorage::open(place.path().join("counts"))?.lock().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct LocalStorage {
    path: PathBuf,
    files: Vec<Option<(String, File)>>,
    lock: Option<Arc<File>>,
    process: Process,
}

impl LocalStorage {
    /// Opens a directory; it is created if it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if it cannot be created or is no directory.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref().to_path_buf();
        let name = path.display().to_string();
        let fresh = !path.exists();
        fs::create_dir_all(&path).map_err(|cause| Error::io("cannot create the checkpoint directory", &name, cause))?;
        // the directory's own name has to be durable as well
        if let (true, Some(parent)) = (fresh, path.parent()) {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            File::open(parent)
                .and_then(|parent| parent.sync_all())
                .map_err(|cause| Error::io("cannot sync the parent of the checkpoint directory", &name, cause))?;
        }
        Ok(LocalStorage { path, files: Vec::new(), lock: None, process: Process::this() })
    }

    fn file(&mut self, file: FileId) -> Result<&mut (String, File), Error> {
        let place = usize::try_from(file.0).ok().and_then(|number| self.files.get_mut(number));
        place.and_then(Option::as_mut).ok_or_else(|| Error::new(ErrorKind::Refused, "this file is closed"))
    }

    fn open_to_read(&self, name: &str) -> Result<File, Error> {
        File::open(self.path.join(name)).map_err(|cause| Error::io("cannot open", name, cause))
    }
}

impl Storage for LocalStorage {
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        let file = OpenOptions::new().append(true).create_new(true).open(self.path.join(name));
        let file = file.map_err(|cause| match cause.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(ErrorKind::AlreadyThere, "this file is there already").file(name)
            }
            _ => Error::io("cannot create", name, cause),
        })?;
        self.files.push(Some((name.to_string(), file)));
        Ok(FileId(self.files.len() as u64 - 1))
    }

    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        let (name, file) = self.file(file)?;
        file.write_all(bytes).map_err(|cause| Error::io("cannot write", name, cause))
    }

    fn sync(&mut self, file: FileId) -> Result<(), Error> {
        let (name, file) = self.file(file)?;
        file.sync_data().map_err(|cause| Error::io("cannot sync", name, cause))
    }

    fn close(&mut self, file: FileId) {
        if let Some(place) = usize::try_from(file.0).ok().and_then(|number| self.files.get_mut(number)) {
            *place = None;
        }
    }

    fn sync_dir(&mut self) -> Result<(), Error> {
        let synced = File::open(&self.path).and_then(|directory| directory.sync_all());
        synced.map_err(|cause| Error::io("cannot sync the directory", &self.path.display().to_string(), cause))
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let mut file = self.open_to_read(name)?;
        let mut bytes = Vec::new();
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.take(length as u64).read_to_end(&mut bytes));
        read.map_err(|cause| Error::io("cannot read", name, cause))?;
        Ok(bytes)
    }

    fn length(&self, name: &str) -> Result<u64, Error> {
        let data = fs::metadata(self.path.join(name)).map_err(|cause| Error::io("cannot look at", name, cause))?;
        Ok(data.len())
    }

    fn list(&self) -> Result<Vec<String>, Error> {
        let failed = |cause| Error::io("cannot list the directory", &self.path.display().to_string(), cause);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if let (true, Ok(name)) = (entry.file_type().map_err(failed)?.is_file(), entry.file_name().into_string()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn delete(&mut self, name: &str) -> Result<(), Error> {
        fs::remove_file(self.path.join(name)).map_err(|cause| Error::io("cannot delete", name, cause))
    }

    fn lock(&mut self) -> Result<(), Error> {
        let failed = |cause| Error::io("cannot lock", LOCK, cause);
        let path = self.path.join(LOCK);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        // a process that was being started when the holder ended has the handle for as long as it takes to start
        let mut patience = 20;
        while patience > 0 && matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
            std::thread::sleep(std::time::Duration::from_millis(10));
            patience -= 1;
        }
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(cause)) => return Err(failed(cause)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // who it is helps, but is no reason to fail in another way
                let known = file.read_to_string(&mut holder).is_ok() && !holder.is_empty();
                let holder = if known { holder } else { "another process".to_string() };
                let message = format!("the checkpoint directory `{}` is held by {holder}", self.path.display());
                return Err(Error::new(ErrorKind::Locked, message));
            }
        }
        // only a note for whoever finds the directory locked: nothing depends on these bytes
        file.set_len(0).and_then(|()| file.write_all(self.process.to_string().as_bytes())).map_err(failed)?;
        self.lock = Some(Arc::new(file));
        Ok(())
    }

    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        let (path, process) = (self.path.clone(), self.process.clone());
        Ok(Box::new(LocalStorage { path, files: Vec::new(), lock: self.lock.clone(), process }))
    }
}
