//! Checkpoint directories with one file that may be anything, as it is and with checksums that are right.

use super::sealed::{HEADER, Label, name_snapshot, number, seal};
use super::{Outcome, Seeds, clear};
use std::collections::BTreeMap;
use std::sync::OnceLock;
use streamflow::checkpoint::{Error, ErrorKind, MemoryStorage, Storage, verify};
use streamflow::commit::{Commit, CommitLog, Opening, Options, Process, Replay, Schemas, Section};

const INCARNATION: u64 = 0x5eed;
const MANIFEST: u16 = 1;
const SNAPSHOT: u16 = 2;
const LOG: u16 = 3;
const RECEIVER: u16 = 4;

const FIRST_LOG: &str = "log-000001-0000000000";
const FIRST_RECEIVER: &str = "rx-000001-00000001";

/// Files by name.
type Files = BTreeMap<String, Vec<u8>>;

fn label(kind: u16, epoch: Option<u64>) -> Label {
    Label { kind, incarnation: INCARNATION, generation: 1, epoch }
}

fn options() -> Options {
    // the same bytes wherever it runs
    let process = Process { host: "host".into(), id: 1, started: 1_800_000_000_000_000 };
    Options { incarnation: INCARNATION, process, receiver_bytes: 200, ..Options::default() }
}

/// The last bytes of each section.
#[derive(Debug, Default, PartialEq)]
struct Values(BTreeMap<String, Vec<u8>>);

impl Values {
    fn take(&mut self, section: &Section) {
        self.0.insert(section.name.clone(), section.bytes.clone());
    }
}

impl Replay for Values {
    fn begin(&mut self) -> Result<(), streamflow::Error> {
        self.0.clear();
        Ok(())
    }
    fn schemas(&mut self, _: &Schemas) -> Result<(), streamflow::Error> {
        Ok(())
    }
    fn snapshot(&mut self, section: Section) -> Result<(), streamflow::Error> {
        self.take(&section);
        Ok(())
    }
    fn record(&mut self, commit: &Commit) -> Result<(), streamflow::Error> {
        commit.sections.iter().for_each(|section| self.take(section));
        Ok(())
    }
}

/// A directory as a process leaves it: two snapshots with commits around them, or commits alone.
fn directory(snapshots: bool) -> &'static Files {
    static FILES: [OnceLock<Files>; 2] = [const { OnceLock::new() }; 2];
    FILES[usize::from(snapshots)].get_or_init(|| {
        let storage = MemoryStorage::new();
        let opening = Opening::lock(Box::new(storage.clone()), options()).expect("a directory in memory");
        let recovered = opening.read(&mut Values::default(), None).expect("an empty directory");
        let schemas = Schemas([(7, "{orders: u32, cents: i64}".to_owned())].into());
        let mut log = recovered.begin(schemas).expect("a new log");
        commit(&mut log);
        commit(&mut log);
        if snapshots {
            let mut receivers = log.receiver_log(&mut |_| Ok(())).expect("no blocks");
            for number in 1..=8u8 {
                receivers.append(u32::from(number % 2), &vec![number; usize::from(number) * 7]);
                receivers.sync().expect("blocks");
            }
            for _ in 0..2 {
                let mut writer = log.begin_snapshot().expect("a snapshot");
                for name in ["words", "clock", "sources"] {
                    let bytes = name.repeat(5).into_bytes();
                    writer.push(&Section { name: name.into(), schema: 7, bytes }).expect("a section");
                }
                commit(&mut log);
                log.finish_snapshot(writer.finish().expect("a snapshot")).expect("a manifest");
            }
        }
        (0..3).for_each(|_| commit(&mut log));
        let names = storage.list().expect("files");
        names.into_iter().map(|name| (name.clone(), storage.read(&name, 0, usize::MAX).expect("a file"))).collect()
    })
}

fn commit(log: &mut CommitLog) {
    let epoch = log.epoch() + 1;
    let section = |name: &str| Section { name: name.into(), schema: 7, bytes: vec![epoch as u8; 20] };
    log.commit(&Commit {
        epoch,
        clock: 1_800_000_000_000_000 + epoch as i64,
        sections: vec![section("words"), section("sources")],
        outputs: vec![(0, b"rows".repeat(epoch as usize)), (1, vec![])],
        done: vec![epoch - 1, 0],
        blocks: vec![(1, epoch / 2)],
    })
    .expect("a commit");
}

/// Our file of this kind that was written last.
fn newest(files: &Files, prefix: &str) -> String {
    files.keys().rfind(|name| name.starts_with(prefix)).expect("a file of this kind").clone()
}

/// What a start finds.
#[derive(Debug, PartialEq)]
struct Found {
    epoch: Option<u64>,
    values: Values,
    blocks: Vec<(u64, u32, Vec<u8>)>,
}

fn start(storage: &MemoryStorage) -> Result<Found, Error> {
    let mut values = Values::default();
    let opening = Opening::lock(Box::new(storage.clone()), options())?;
    let recovered = opening.read(&mut values, None)?;
    let epoch = recovered.epoch;
    let log = recovered.begin(Schemas::default())?;
    let mut blocks = Vec::new();
    let receivers = log.receiver_log(&mut |block| {
        blocks.push((block.number, block.receiver, block.bytes));
        Ok(())
    })?;
    drop(receivers);
    Ok(Found { epoch, values, blocks })
}

/// Starts from the directory. What one start has read and made its own, the next one reads.
fn read(files: Files) -> Outcome {
    let storage = MemoryStorage::new();
    for (name, bytes) in files {
        storage.put(&name, bytes);
    }
    let found = verify(&storage);
    found.iter().for_each(|finding| drop(clear(finding)));
    match start(&storage) {
        Ok(first) => match start(&storage) {
            Ok(second) => {
                assert_eq!(first, second, "a second start finds something else");
                Ok(())
            }
            // the numbers of generations have come to their end
            Err(error) if error.kind() == ErrorKind::Refused => Err(clear(&error)),
            Err(error) => panic!("what was read once is not read again: {error}"),
        },
        Err(error) => {
            let place = (error.file_name().is_some(), error.offset().is_some(), error.section_name().is_some());
            assert!(error.kind() != ErrorKind::Damaged || place == (true, true, true), "without a place: {error}");
            assert!(error.kind() != ErrorKind::Io, "a directory in memory does not fail: {error}");
            Err(clear(&error))
        }
    }
}

/// The directory with this file in it, as it is and sealed.
fn both(bytes: &[u8], name: &str, label: Label, files: &Files) -> Outcome {
    let mut raw = files.clone();
    raw.insert(name.to_owned(), bytes.to_vec());
    let raw = read(raw);
    let mut sealed = bytes.to_vec();
    seal(&mut sealed, label);
    let mut files = files.clone();
    files.insert(name.to_owned(), sealed);
    raw.or(read(files))
}

/// A segment of the commit log.
pub fn commit_log(bytes: &[u8]) -> Outcome {
    both(bytes, FIRST_LOG, label(LOG, Some(0)), directory(false))
}

/// A file of blocks that receivers have acknowledged.
pub fn receiver_log(bytes: &[u8]) -> Outcome {
    let mut files = directory(true).clone();
    // the file stands alone, so that what it says of numbers is not held against others
    files.retain(|name, _| !name.starts_with("rx-"));
    both(bytes, FIRST_RECEIVER, label(RECEIVER, Some(0)), &files)
}

/// A snapshot, and the manifest that names it.
pub fn snapshot(bytes: &[u8]) -> Outcome {
    let mut files = directory(true).clone();
    let (name, manifest) = (newest(&files, "snap-"), newest(&files, "man-"));
    // without another one to fall back to
    files.retain(|name, _| !name.starts_with("man-") || *name == manifest);
    let raw = {
        let mut files = files.clone();
        files.insert(name.clone(), bytes.to_vec());
        read(files)
    };
    let epoch = number(&files[&name], 24);
    let mut sealed = bytes.to_vec();
    let checksum = seal(&mut sealed, label(SNAPSHOT, Some(epoch)));
    let named = files.get_mut(&manifest).expect("the newest manifest");
    name_snapshot(named, label(MANIFEST, None), sealed.len() as u64, checksum);
    files.insert(name, sealed);
    raw.or(read(files))
}

/// The only manifest of a directory, also under the name that its own number gives it.
pub fn manifest(bytes: &[u8]) -> Outcome {
    let mut files = directory(true).clone();
    let name = newest(&files, "man-");
    files.retain(|name, _| !name.starts_with("man-"));
    let plain = both(bytes, &name, label(MANIFEST, None), &files);
    let mut sealed = bytes.to_vec();
    seal(&mut sealed, label(MANIFEST, None));
    let sequence = number(&sealed, HEADER + 48);
    files.insert(format!("man-{sequence:08}-000001"), sealed);
    plain.or(read(files))
}

pub fn log_seeds() -> Seeds {
    let whole = directory(false)[FIRST_LOG].clone();
    let torn = whole[..whole.len() - 5].to_vec();
    vec![("whole", whole), ("torn", torn), ("header", directory(false)[FIRST_LOG][..HEADER].to_vec())]
}

pub fn snapshot_seeds() -> Seeds {
    let files = directory(true);
    vec![("whole", files[&newest(files, "snap-")].clone())]
}

pub fn manifest_seeds() -> Seeds {
    let (with, without) = (directory(true), directory(false));
    vec![
        ("with-snapshot", with[&newest(with, "man-")].clone()),
        ("without-snapshot", without[&newest(without, "man-")].clone()),
    ]
}

pub fn receiver_seeds() -> Seeds {
    let files = directory(true);
    let receivers = files.iter().filter(|(name, _)| name.starts_with("rx-"));
    let names = ["first", "second", "third", "fourth", "fifth"];
    names.into_iter().zip(receivers.map(|(_, bytes)| bytes.clone())).collect()
}
