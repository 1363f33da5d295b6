//! A disk that fails as disks do, by a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::random::Random;
use crate::checkpoint::{Error, ErrorKind, FileId, Storage};

const SECTOR: usize = 512;

/// How often a [`SimStorage`] fails, each in one of so many calls; 0 is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// A call reports an error: a write that stops anywhere, no space, a sync that drops what it could not write.
    pub error: usize,
    /// The process dies in a call; a write has got to anywhere.
    pub crash: usize,
    /// The process dies in exactly this call, counted from 1.
    pub crash_at: u64,
}

/// A directory in memory that behaves like a disk with a kernel in front of it, and fails by a seed.
///
/// What was written is seen at once and durable only behind a sync. At [`power_loss`](SimStorage::power_loss) each sector of what was not
/// synced is there, is not, or is garbage, a file has any length in between, and any part of the names that were created or deleted
/// has reached the disk. A sync that fails drops pages and shows them nevertheless, and the next one reports success. The process may die
/// in any call ([`Faults`]).
///
/// A value, and what is cloned from it, is the disk as one process sees it; [`restart`](SimStorage::restart) gives the next process. The same seed and the same
/// calls fail in the same way. The faults are those of Pillai et al., *All File Systems Are Not Created Equal* (2014), and Rebello et al.,
/// *Can Applications Recover from fsync Failures?* (2020).
///
/// ```
/// use streamflow::checkpoint::Storage;
/// use streamflow::testing::SimStorage;
///
/// let mut before = SimStorage::new(7);
/// let file = before.create_new("log")?;
/// before.append(file, b"kept")?;
/// before.sync(file)?;
/// before.sync_dir()?;
/// before.append(file, b", or not")?;
/// before.power_loss();
/// let after = before.restart();
/// assert!(after.read("log", 0, 100)?.starts_with(b"kept"));
/// assert!(before.list().is_err(), "this process is dead");
/// # Ok::<(), streamflow::checkpoint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SimStorage {
    disk: Arc<Mutex<Disk>>,
    process: u64,
}

#[derive(Debug)]
struct Disk {
    files: Vec<Contents>,
    /// What processes see, and what is on the platter.
    names: BTreeMap<String, usize>,
    durable: BTreeMap<String, usize>,
    waiting: Vec<NameChange>,
    random: Random,
    faults: Faults,
    calls: u64,
    injected: u64,
    dead: BTreeSet<u64>,
    /// Those whose lock the system has given to others.
    paused: BTreeSet<u64>,
    processes: u64,
    lock: Option<u64>,
}

#[derive(Clone, Debug, Default)]
struct Contents {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// Ranges that a sync would write.
    waiting: Vec<(usize, usize)>,
}

#[derive(Clone, Debug)]
enum NameChange {
    Created(String, usize),
    Deleted(String),
}

impl SimStorage {
    /// An empty disk without faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let disk = Disk {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            waiting: Vec::new(),
            random: Random::new(seed),
            faults: Faults::default(),
            calls: 0,
            injected: 0,
            dead: BTreeSet::new(),
            paused: BTreeSet::new(),
            processes: 1,
            lock: None,
        };
        SimStorage { disk: Arc::new(Mutex::new(disk)), process: 1 }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        // a panic in a test may come in the middle of anything; the disk itself never panics
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets what fails from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.disk().faults = faults;
    }

    /// The next process on this disk. This one is dead, unless it was [paused](SimStorage::pause).
    #[must_use]
    pub fn restart(&self) -> SimStorage {
        let mut disk = self.disk();
        if !disk.paused.contains(&self.process) {
            disk.dead.insert(self.process);
        }
        disk.processes += 1;
        SimStorage { disk: Arc::clone(&self.disk), process: disk.processes }
    }

    /// The process stands still, and the system gives its lock to another one. It may go on at any time: its handle works.
    pub fn pause(&self) {
        let mut disk = self.disk();
        disk.paused.insert(self.process);
        disk.lock = disk.lock.filter(|holder| *holder != self.process);
    }

    /// The power goes: all processes are dead, and of what was not synced some part is there.
    pub fn power_loss(&self) {
        let mut disk = self.disk();
        let all = 1..=disk.processes;
        disk.dead.extend(all);
        disk.lose_power();
    }

    /// Changes one bit of one file, on the platter and in the cache; gives its name and the place.
    pub fn flip(&self) -> Option<(String, usize)> {
        let mut disk = self.disk();
        let disk = &mut *disk;
        let names: Vec<(&String, &usize)> =
            disk.names.iter().filter(|(_, file)| !disk.files[**file].seen.is_empty()).collect();
        if names.is_empty() {
            return None;
        }
        let (name, number) = names[disk.random.below(names.len())];
        let (name, file) = (name.clone(), &mut disk.files[*number]);
        let at = disk.random.below(file.seen.len());
        let bit = 1 << disk.random.below(8);
        file.seen[at] ^= bit;
        if let Some(byte) = file.durable.get_mut(at) {
            *byte ^= bit;
        }
        disk.injected += 1;
        Some((name, at))
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.disk().calls
    }

    /// How many of them failed, with the bits that were changed.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.disk().injected
    }

    fn alive(&self) -> Result<MutexGuard<'_, Disk>, Error> {
        let disk = self.disk();
        if disk.dead.contains(&self.process) {
            return Err(failure("the process is dead", ""));
        }
        Ok(disk)
    }

    /// One call that changes something: the process may die in it.
    fn call(&self, name: &str) -> Result<(MutexGuard<'_, Disk>, Outcome), Error> {
        let mut disk = self.alive().map_err(|error| error.file(name))?;
        disk.calls += 1;
        let faults = disk.faults;
        let outcome = if disk.calls == faults.crash_at || disk.random.once_in(faults.crash) {
            disk.dead.insert(self.process);
            Outcome::Dies
        } else if disk.random.once_in(faults.error) {
            Outcome::Fails
        } else {
            return Ok((disk, Outcome::Works));
        };
        disk.injected += 1;
        Ok((disk, outcome))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Works,
    Fails,
    Dies,
}

impl Outcome {
    fn result(self, name: &str) -> Result<(), Error> {
        match self {
            Outcome::Works => Ok(()),
            Outcome::Fails => Err(failure("a simulated fault", name)),
            Outcome::Dies => Err(failure("a simulated death", name)),
        }
    }
}

fn failure(what: &str, name: &str) -> Error {
    Error::io(what, name, std::io::Error::other("simulated"))
}

fn missing(name: &str) -> Error {
    Error::io("cannot open", name, std::io::ErrorKind::NotFound.into())
}

impl Disk {
    /// Some part of what waits for a sync reaches the platter: each sector by itself, any length.
    fn partial(&mut self, file: usize) {
        let Contents { seen, durable, waiting } = &mut self.files[file];
        if waiting.is_empty() {
            return;
        }
        waiting.clear();
        let (from, full) = (durable.len(), seen.len());
        let length = match self.random.below(4) {
            0 => from,
            1 => full,
            _ => from + self.random.below(full - from + 1),
        };
        durable.resize(length, 0);
        let mut at = from;
        while at < length {
            let end = ((at / SECTOR + 1) * SECTOR).min(length);
            match self.random.below(4) {
                0 => {}
                1 => durable[at..end].iter_mut().for_each(|byte| *byte = self.random.next() as u8),
                _ => durable[at..end].copy_from_slice(&seen[at..end]),
            }
            at = end;
        }
    }

    fn lose_power(&mut self) {
        for file in 0..self.files.len() {
            self.partial(file);
        }
        let waiting = std::mem::take(&mut self.waiting);
        let how = self.random.below(3);
        let cut = self.random.below(waiting.len() + 1);
        for (number, change) in waiting.into_iter().enumerate() {
            let reached = match how {
                0 => number < cut,
                1 => self.random.once_in(2),
                _ => true,
            };
            match change {
                NameChange::Created(name, file) if reached => {
                    self.durable.insert(name, file);
                }
                NameChange::Deleted(name) if reached => {
                    self.durable.remove(&name);
                }
                _ => {}
            }
        }
        self.names = self.durable.clone();
        for file in &mut self.files {
            file.seen.clone_from(&file.durable);
            file.waiting.clear();
        }
        self.lock = None;
    }

    fn write(&mut self, file: usize, bytes: &[u8]) {
        let contents = &mut self.files[file];
        let from = contents.seen.len();
        contents.seen.extend_from_slice(bytes);
        contents.waiting.push((from, contents.seen.len()));
    }

    fn file(&self, file: FileId) -> Result<usize, Error> {
        let number = usize::try_from(file.0).ok().filter(|number| *number < self.files.len());
        number.ok_or_else(|| Error::new(ErrorKind::Refused, "no such file"))
    }

    fn named(&self, name: &str) -> Result<&Contents, Error> {
        self.names.get(name).map(|number| &self.files[*number]).ok_or_else(|| missing(name))
    }
}

impl Storage for SimStorage {
    fn create_new(&mut self, name: &str) -> Result<FileId, Error> {
        let (mut disk, outcome) = self.call(name)?;
        if disk.names.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyThere, "this file is there already").file(name));
        }
        // a call that failed may have created the file all the same
        if outcome == Outcome::Works || disk.random.once_in(2) {
            disk.files.push(Contents::default());
            let number = disk.files.len() - 1;
            disk.names.insert(name.to_string(), number);
            disk.waiting.push(NameChange::Created(name.to_string(), number));
        }
        outcome.result(name)?;
        Ok(FileId(disk.files.len() as u64 - 1))
    }

    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), Error> {
        let (mut disk, outcome) = self.call("a file")?;
        let number = disk.file(file)?;
        let length = match outcome {
            Outcome::Works => bytes.len(),
            _ => disk.random.below(bytes.len() + 1),
        };
        disk.write(number, &bytes[..length]);
        outcome.result("a file")
    }

    fn sync(&mut self, file: FileId) -> Result<(), Error> {
        let (mut disk, outcome) = self.call("a file")?;
        let number = disk.file(file)?;
        match outcome {
            // what waits is on the platter from here on; what an earlier sync has dropped stays lost
            Outcome::Works => {
                let Contents { seen, durable, waiting } = &mut disk.files[number];
                for (from, to) in waiting.drain(..) {
                    if durable.len() < to {
                        durable.resize(to, 0);
                    }
                    durable[from..to].copy_from_slice(&seen[from..to]);
                }
            }
            Outcome::Fails => disk.partial(number),
            Outcome::Dies => {}
        }
        outcome.result("a file")
    }

    fn close(&mut self, _file: FileId) {}

    fn sync_dir(&mut self) -> Result<(), Error> {
        let (mut disk, outcome) = self.call("the directory")?;
        if outcome == Outcome::Works {
            disk.waiting.clear();
            disk.durable = disk.names.clone();
        }
        outcome.result("the directory")
    }

    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let disk = self.alive()?;
        let bytes = &disk.named(name)?.seen;
        let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes[from..from.saturating_add(length).min(bytes.len())].to_vec())
    }

    fn length(&self, name: &str) -> Result<u64, Error> {
        Ok(self.alive()?.named(name)?.seen.len() as u64)
    }

    fn list(&self) -> Result<Vec<String>, Error> {
        Ok(self.alive()?.names.keys().cloned().collect())
    }

    fn delete(&mut self, name: &str) -> Result<(), Error> {
        let (mut disk, outcome) = self.call(name)?;
        if outcome == Outcome::Works {
            disk.names.remove(name).ok_or_else(|| missing(name))?;
            disk.waiting.push(NameChange::Deleted(name.to_string()));
        }
        outcome.result(name)
    }

    fn lock(&mut self) -> Result<(), Error> {
        let mut disk = self.alive()?;
        let held = disk.lock.filter(|holder| *holder != self.process && !disk.dead.contains(holder));
        if let Some(holder) = held {
            return Err(Error::new(ErrorKind::Locked, format!("the simulated disk is held by process {holder}")));
        }
        disk.lock = Some(self.process);
        Ok(())
    }

    fn handle(&self) -> Result<Box<dyn Storage>, Error> {
        Ok(Box::new(self.clone()))
    }
}
