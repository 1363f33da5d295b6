//! What makes a batch durable: storage, the commit log, snapshots, manifests, and the recovery from them.
//!
//! The log sees bytes alone. What a section or an output means is the business of whoever commits it. The protocol, its rules and the
//! format of the files: `README.md` beside this file.
//!
//! ```
//! use streamflow::commit::{Commit, MemoryStorage, Opening, Options, Replay, Schemas, Section};
//!
//! #[derive(Default)]
//! struct Last(Vec<u8>);
//! impl Replay for Last {
//!     fn begin(&mut self) -> Result<(), streamflow::Error> {
//!         self.0.clear();
//!         Ok(())
//!     }
//!     fn schemas(&mut self, _: &Schemas) -> Result<(), streamflow::Error> {
//!         Ok(())
//!     }
//!     fn snapshot(&mut self, section: Section) -> Result<(), streamflow::Error> {
//!         self.0 = section.bytes;
//!         Ok(())
//!     }
//!     fn record(&mut self, commit: &Commit) -> Result<(), streamflow::Error> {
//!         self.0.clone_from(&commit.sections[0].bytes);
//!         Ok(())
//!     }
//! }
//!
//! let directory = MemoryStorage::new();
//! let opening = Opening::lock(Box::new(directory.clone()), Options::default())?;
//! // here the sinks are fenced with `opening.generation()`
//! let recovered = opening.read(&mut Last::default(), None)?;
//! assert_eq!(recovered.epoch, None);
//! let mut log = recovered.begin(Schemas::default())?;
//! let section = Section { name: "total".into(), schema: 0, bytes: vec![42] };
//! log.commit(&Commit { epoch: 1, sections: vec![section], ..Commit::default() })?;
//! drop(log);
//!
//! let mut last = Last::default();
//! let recovered = Opening::lock(Box::new(directory), Options::default())?.read(&mut last, None)?;
//! assert_eq!((recovered.epoch, last.0), (Some(1), vec![42]));
//! # Ok::<(), streamflow::commit::Error>(())
//! ```

mod bytes;
mod collect;
#[cfg(test)]
mod damage;
mod error;
mod frame;
mod header;
mod load;
mod local;
mod log;
mod manifest;
mod memory;
pub(crate) mod mutant;
mod names;
mod opening;
mod process;
mod reader;
mod reading;
mod receiver;
mod receivers;
mod record;
mod recovered;
pub(crate) mod savepoint;
mod schemas;
#[cfg(test)]
mod second;
#[cfg(test)]
mod simulation;
mod snapshot;
mod storage;
#[cfg(test)]
mod tests;
mod verify;

pub use error::{Error, ErrorKind};
pub use local::LocalStorage;
pub use log::CommitLog;
pub use manifest::Layout;
pub use memory::MemoryStorage;
pub use opening::{Opening, Options, Replay};
pub use process::Process;
pub use receiver::{Block, ReceiverLog};
pub(crate) use receivers::{Kept, Receivers};
pub use record::{Commit, Section};
pub use recovered::{Recovered, Undelivered};
pub use schemas::Schemas;
pub use snapshot::{SnapshotWriter, Written};
pub use storage::{FileId, Storage};
pub use verify::{Finding, verify};
