//! What a checkpoint asks of a disk: the only calls by which it reads and writes.

use super::Error;

/// A file that a [`Storage`] has created, for as long as the handle lives that created it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u64);

/// One flat directory of files that only grow.
///
/// The commit log trusts little: that bytes are durable after a [`sync`](Storage::sync) that reported success, and names after a
/// [`sync_dir`](Storage::sync_dir). It never renames and never overwrites, because neither is one step on all systems. After the
/// first error of a call it asks nothing more of this file: a kernel may have dropped the pages that it could not write and report
/// success the next time (Rebello et al., *Can Applications Recover from fsync Failures?*, 2020).
///
/// # Errors
///
/// [`ErrorKind::Io`](super::ErrorKind::Io) with the name of the file, unless the method says more.
pub trait Storage: Send {
    /// Creates a file that must not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyThere`](super::ErrorKind::AlreadyThere) if it does.
    fn create_new(&mut self, name: &str) -> Result<FileId, Error>;
    /// Writes all bytes at the end of the file. After an error any part of them may have been written.
    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error>;
    /// Makes all that was appended durable, and the length with it (`fdatasync`).
    fn sync(&mut self, file: FileId) -> Result<(), Error>;
    /// Says that the file is written no more. It is not made durable by this.
    fn close(&mut self, file: FileId);
    /// Makes names that were created and deleted durable.
    fn sync_dir(&mut self) -> Result<(), Error>;
    /// Up to `length` bytes from `offset` on; fewer only where the file ends.
    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error>;
    /// The length of the file in bytes.
    fn length(&self, name: &str) -> Result<u64, Error>;
    /// The names of all files, in any order.
    fn list(&self) -> Result<Vec<String>, Error>;
    /// Removes a name. Not durable before the next [`sync_dir`](Storage::sync_dir).
    fn delete(&mut self, name: &str) -> Result<(), Error>;
    /// Takes the directory for this process until the last handle is dropped.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Locked`](super::ErrorKind::Locked), naming process, host and start of who holds it.
    fn lock(&mut self) -> Result<(), Error>;
    /// A second handle on the same directory, under the same lock, for a thread that writes a snapshot.
    fn handle(&self) -> Result<Box<dyn Storage>, Error>;
}
