//! The log against a directory in memory and a real one: what is committed is read again, what is damaged is refused.

use std::collections::BTreeMap;

use super::*;
use crate::testing::{Faults, SimStorage};

/// State for tests: named values; the last bytes of a section win, and empty ones delete.
#[derive(Debug, Default, PartialEq, Eq)]
struct Values {
    values: BTreeMap<String, Vec<u8>>,
    schemas: Schemas,
    records: usize,
}

impl Values {
    fn apply(&mut self, section: &Section) {
        if section.bytes.is_empty() {
            self.values.remove(&section.name);
        } else {
            self.values.insert(section.name.clone(), section.bytes.clone());
        }
    }
}

impl Replay for Values {
    fn begin(&mut self) -> Result<(), crate::Error> {
        *self = Values::default();
        Ok(())
    }

    fn schemas(&mut self, schemas: &Schemas) -> Result<(), crate::Error> {
        self.schemas = schemas.clone();
        Ok(())
    }

    fn snapshot(&mut self, section: Section) -> Result<(), crate::Error> {
        self.apply(&section);
        Ok(())
    }

    fn record(&mut self, commit: &Commit) -> Result<(), crate::Error> {
        self.records += 1;
        commit.sections.iter().for_each(|section| self.apply(section));
        Ok(())
    }
}

fn section(name: &str, schema: u64, value: &str) -> Section {
    Section { name: name.into(), schema, bytes: value.as_bytes().to_vec() }
}

fn commit(epoch: u64, name: &str, value: &str) -> Commit {
    let outputs = vec![(0, format!("{name}={value}").into_bytes())];
    Commit { epoch, clock: epoch as i64 * 10, sections: vec![section(name, 0, value)], outputs, ..Commit::default() }
}

fn options() -> Options {
    let layout = Layout { pipeline: "words".into(), shards: 64, hash_seed: 7 };
    Options { layout, incarnation: 0xabc, ..Options::default() }
}

fn read(storage: Box<dyn Storage>) -> Result<(Recovered, Values), Error> {
    let mut values = Values::default();
    let recovered = Opening::lock(storage, options())?.read(&mut values, None)?;
    Ok((recovered, values))
}

fn start(storage: &MemoryStorage) -> CommitLog {
    read(Box::new(storage.clone())).unwrap().0.begin(Schemas::default()).unwrap()
}

fn files(storage: &MemoryStorage) -> Vec<String> {
    storage.list().unwrap()
}

#[test]
fn what_was_committed_is_there_after_a_restart_and_what_was_delivered_is_not_sent_again() {
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    assert_eq!(log.generation(), 1);
    log.commit(&commit(1, "a", "1")).unwrap();
    log.delivered(0, 1);
    log.commit(&commit(2, "b", "2")).unwrap();
    log.commit(&commit(5, "a", "3")).unwrap();
    drop(log);
    let (recovered, values) = read(Box::new(storage.clone())).unwrap();
    assert_eq!((recovered.epoch, recovered.clock, recovered.generation()), (Some(5), 50, 2));
    assert_eq!(recovered.incarnation(), 0xabc);
    assert_eq!(values.values, BTreeMap::from([("a".into(), b"3".to_vec()), ("b".into(), b"2".to_vec())]));
    let left: Vec<(u64, u64)> = recovered.undelivered.iter().map(|left| (left.generation, left.epoch)).collect();
    assert_eq!(left, [(1, 2), (1, 5)]);
    // and after another one they still have the generation that committed them
    drop(recovered.begin(Schemas::default()).unwrap());
    let (recovered, again) = read(Box::new(storage)).unwrap();
    assert_eq!(again.values, values.values);
    assert_eq!(recovered.undelivered.iter().map(|left| left.generation).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(recovered.generation(), 3);
}

#[test]
fn a_snapshot_replaces_the_log_before_it() {
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    for epoch in 1..=20 {
        log.commit(&commit(epoch, "a", &epoch.to_string())).unwrap();
        log.delivered(0, epoch);
    }
    for _ in 0..3 {
        let mut writer = log.begin_snapshot().unwrap();
        assert_eq!(log.begin_snapshot().unwrap_err().kind(), ErrorKind::Refused);
        let value = log.epoch().to_string();
        let epoch = log.epoch() + 1;
        log.commit(&commit(epoch, "a", &epoch.to_string())).unwrap();
        log.delivered(0, epoch);
        writer.push(&section("a", 0, &value)).unwrap();
        let written = std::thread::spawn(move || writer.finish()).join().unwrap().unwrap();
        log.finish_snapshot(written).unwrap();
    }
    let logs = files(&storage).iter().filter(|name| name.starts_with("log-")).count();
    let snapshots = files(&storage).iter().filter(|name| name.starts_with("snap-")).count();
    assert_eq!((logs, snapshots), (2, 2), "{:?}", files(&storage));
    drop(log);
    let (recovered, values) = read(Box::new(storage)).unwrap();
    assert_eq!((recovered.epoch, values.records), (Some(23), 1));
    assert_eq!(values.values["a"], b"23");
}

#[test]
fn records_stay_behind_a_snapshot_as_long_as_their_output_is_not_delivered() {
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    for epoch in 1..=3 {
        log.commit(&commit(epoch, "a", &epoch.to_string())).unwrap();
        for _ in 0..2 {
            let mut writer = log.begin_snapshot().unwrap();
            writer.push(&section("a", 0, &epoch.to_string())).unwrap();
            log.finish_snapshot(writer.finish().unwrap()).unwrap();
        }
    }
    log.delivered(0, 1);
    drop(log);
    for _ in 0..2 {
        let (recovered, values) = read(Box::new(storage.clone())).unwrap();
        let left: Vec<u64> = recovered.undelivered.iter().map(|left| left.epoch).collect();
        assert_eq!((left, values.records), (vec![1, 2, 3], 0), "the delivery of 1 was in no commit yet");
        recovered.begin(Schemas::default()).unwrap();
    }
}

#[test]
fn a_torn_tail_is_normal_and_a_damaged_middle_is_refused_with_its_place() {
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    let name = "log-000001-0000000000";
    let mut ends = vec![storage.length(name).unwrap()];
    for epoch in 1..=3 {
        log.commit(&commit(epoch, "a", &epoch.to_string())).unwrap();
        ends.push(storage.length(name).unwrap());
    }
    drop(log);
    let whole = storage.read(name, 0, usize::MAX).unwrap();
    for length in ends[0] as usize..whole.len() {
        storage.put(name, whole[..length].to_vec());
        let (recovered, _) = read(Box::new(storage.clone())).unwrap();
        let epoch = ends.iter().filter(|end| **end <= length as u64).count() as u64 - 1;
        assert_eq!(recovered.epoch.unwrap_or(0), epoch);
        assert_eq!(recovered.torn.is_some(), !ends.contains(&(length as u64)));
    }
    for at in 0..ends[2] as usize {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        storage.put(name, bytes);
        let error = read(Box::new(storage.clone())).unwrap_err();
        assert_eq!((error.kind(), error.file_name()), (ErrorKind::Damaged, Some(name)), "byte {at}: {error}");
        let place = ends.iter().rev().find(|end| **end <= at as u64).copied().unwrap_or(0);
        assert_eq!(error.offset(), Some(place), "byte {at}: {error}");
        assert!(error.section_name().is_some());
    }
}

#[test]
fn the_directory_must_not_be_behind_its_sinks() {
    let storage = MemoryStorage::new();
    start(&storage).commit(&commit(1, "a", "1")).unwrap();
    let opening = Opening::lock(Box::new(storage.clone()), options()).unwrap();
    let error = opening.read(&mut Values::default(), Some(2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Behind);
    assert_eq!(error.to_string(), "the checkpoint ends at epoch 1, but a sink has epoch 2 of it already");
    let mut opening = Opening::lock(Box::new(storage), options()).unwrap();
    opening.raise(8).unwrap();
    assert_eq!(opening.generation(), 9);
    assert!(opening.raise(u64::MAX).is_err());
}

#[test]
fn a_schema_stays_as_long_as_a_file_uses_it() {
    let storage = MemoryStorage::new();
    let schemas = |numbers: &[u64]| Schemas(numbers.iter().map(|number| (*number, format!("text {number}"))).collect());
    let with = |epoch, schema| Commit { sections: vec![section("a", schema, "1")], ..commit(epoch, "a", "1") };
    let mut log = read(Box::new(storage.clone())).unwrap().0.begin(schemas(&[1])).unwrap();
    assert_eq!(log.commit(&with(1, 2)).unwrap_err().kind(), ErrorKind::Refused);
    log.commit(&with(1, 1)).unwrap();
    log.delivered(0, 1);
    drop(log);
    let (recovered, _) = read(Box::new(storage.clone())).unwrap();
    let mut log = recovered.begin(schemas(&[2])).unwrap();
    assert_eq!(log.kept.last().unwrap().schemas, schemas(&[1, 2]));
    log.commit(&with(2, 2)).unwrap();
    log.delivered(0, 2);
    let mut writer = log.begin_snapshot().unwrap();
    writer.push(&section("a", 2, "1")).unwrap();
    log.finish_snapshot(writer.finish().unwrap()).unwrap();
    drop(log);
    let (_, values) = read(Box::new(storage)).unwrap();
    assert_eq!(values.schemas, schemas(&[2]));
}

#[test]
fn a_snapshot_is_wanted_by_bytes_and_by_records() {
    let storage = MemoryStorage::new();
    let options = Options { snapshot_bytes: 300, snapshot_records: 5, ..options() };
    let opening = Opening::lock(Box::new(storage), options).unwrap();
    let mut log = opening.read(&mut Values::default(), None).unwrap().begin(Schemas::default()).unwrap();
    assert!(!log.wants_snapshot());
    log.commit(&commit(1, "a", &"x".repeat(300))).unwrap();
    assert!(log.wants_snapshot());
    let mut writer = log.begin_snapshot().unwrap();
    assert!(!log.wants_snapshot());
    writer.push(&section("a", 0, &"x".repeat(3000))).unwrap();
    log.finish_snapshot(writer.finish().unwrap()).unwrap();
    for epoch in 2..=6 {
        assert!(!log.wants_snapshot());
        log.commit(&commit(epoch, "a", &"x".repeat(10))).unwrap();
    }
    assert!(log.wants_snapshot());
    let _writer = log.begin_snapshot().unwrap();
    log.abandon_snapshot();
    assert!(!log.wants_snapshot(), "it is counted from the last attempt");
}

#[test]
fn a_real_directory_works_as_the_one_in_memory_does() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a/b");
    let open = || Box::new(LocalStorage::open(&path).unwrap());
    let mut log = read(open()).unwrap().0.begin(Schemas::default()).unwrap();
    let error = read(open()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.to_string().contains(&format!("process {} on `", std::process::id())), "{error}");
    log.commit(&commit(1, "a", "1")).unwrap();
    let mut writer = log.begin_snapshot().unwrap();
    writer.push(&section("a", 0, "1")).unwrap();
    log.finish_snapshot(writer.finish().unwrap()).unwrap();
    log.commit(&commit(2, "b", "2")).unwrap();
    drop(log);
    std::fs::write(path.join("notes.txt"), "mine").unwrap();
    let (recovered, values) = read(open()).unwrap();
    assert_eq!((recovered.epoch, values.values.len(), values.records), (Some(2), 2, 1));
    drop(recovered.begin(Schemas::default()).unwrap());
    assert!(path.join("notes.txt").exists());
}

#[test]
fn a_file_of_a_later_format_is_refused_with_the_format() {
    let storage = MemoryStorage::new();
    drop(start(&storage));
    let name = "man-00000001-000001";
    let mut bytes = storage.read(name, 0, usize::MAX).unwrap();
    bytes[4] = 2;
    let checksum = xxhash_rust::xxh3::xxh3_64(&bytes[..32]);
    bytes[32..40].copy_from_slice(&checksum.to_le_bytes());
    storage.put(name, bytes);
    let error = read(Box::new(storage)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Newer);
    assert!(error.to_string().contains("format 2"), "{error}");
}

/// Rule R4, and a disk without space: a write that stops somewhere ends the log, and leaves a directory that can be read.
#[test]
fn after_a_failed_write_the_log_is_closed_and_the_directory_is_not() {
    for seed in 0..50 {
        let disk = SimStorage::new(seed);
        let mut log = read(Box::new(disk.clone())).unwrap().0.begin(Schemas::default()).unwrap();
        log.commit(&commit(1, "a", "1")).unwrap();
        disk.set_faults(Faults { error: 1, ..Faults::default() });
        assert_eq!(log.commit(&commit(2, "a", "2")).unwrap_err().kind(), ErrorKind::Io);
        disk.set_faults(Faults::default());
        assert_eq!(log.commit(&commit(2, "a", "2")).unwrap_err().kind(), ErrorKind::Stopped);
        assert_eq!(log.begin_snapshot().unwrap_err().kind(), ErrorKind::Stopped);
        let (recovered, values) = read(Box::new(disk.restart())).unwrap();
        // the write may have got to its end although it reported an error
        let epoch = recovered.epoch.unwrap();
        assert!((1..=2).contains(&epoch));
        assert_eq!(values.values["a"], epoch.to_string().as_bytes());
        recovered.begin(Schemas::default()).unwrap().commit(&commit(epoch + 1, "a", "3")).unwrap();
    }
}

/// Rule R3: starts that were cut off before the first manifest was durable leave pieces of it.
#[test]
fn pieces_of_a_first_manifest_are_no_obstacle() {
    let storage = MemoryStorage::new();
    drop(start(&storage));
    let name = "man-00000001-000001";
    let whole = storage.read(name, 0, usize::MAX).unwrap();
    for length in 0..whole.len() {
        storage.put(name, whole[..length].to_vec());
        assert_eq!(read(Box::new(storage.clone())).unwrap().0.epoch, None);
    }
}

/// Rule R5: what an older generation has left is another history once a newer one has committed.
#[test]
fn an_older_generation_is_not_used_where_a_newer_one_has_committed() {
    let storage = MemoryStorage::new();
    start(&storage).commit(&commit(1, "a", "1")).unwrap();
    let mut log = start(&storage);
    let name = "man-00000002-000002";
    let whole = storage.read(name, 0, usize::MAX).unwrap();
    let before = MemoryStorage::new();
    files(&storage).iter().for_each(|file| before.put(file, storage.read(file, 0, usize::MAX).unwrap()));
    before.put(name, whole[..60].to_vec());
    assert_eq!(read(Box::new(before)).unwrap().0.epoch, Some(1), "it has not committed yet");
    log.commit(&commit(2, "a", "2")).unwrap();
    drop(log);
    storage.put(name, whole[..60].to_vec());
    let error = read(Box::new(storage)).unwrap_err();
    assert_eq!((error.kind(), error.file_name()), (ErrorKind::Damaged, Some("log-000002-0000000000")));
    assert!(
        error.to_string().starts_with("generation 2 has committed, but none of its manifests can be read"),
        "{error}"
    );
}

/// Rule R5: without any manifest what was copied from it tells that there was one.
#[test]
fn a_history_without_a_manifest_is_no_beginning() {
    let spoil = |storage: &MemoryStorage| {
        let manifests: Vec<_> = files(storage).into_iter().filter(|name| name.starts_with("man-")).collect();
        assert_eq!(manifests.len(), 2);
        manifests.iter().for_each(|name| storage.put(name, vec![0; 60]));
        read(Box::new(storage.clone())).unwrap_err()
    };
    // the segment in which the commit was written is gone: two starts have copied it
    let storage = MemoryStorage::new();
    start(&storage).commit(&commit(1, "a", "1")).unwrap();
    (0..2).for_each(|_| drop(start(&storage)));
    let error = spoil(&storage);
    assert_eq!((error.kind(), error.file_name()), (ErrorKind::Damaged, Some("log-000002-0000000000")), "{error}");

    // a snapshot has taken all commits, and no segment holds one
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    log.commit(&commit(1, "a", "1")).unwrap();
    log.delivered(0, 1);
    for _ in 0..2 {
        let mut writer = log.begin_snapshot().unwrap();
        writer.push(&section("a", 0, "1")).unwrap();
        log.finish_snapshot(writer.finish().unwrap()).unwrap();
    }
    drop(log);
    (0..2).for_each(|_| drop(start(&storage)));
    let error = spoil(&storage);
    assert_eq!((error.kind(), error.file_name()), (ErrorKind::Damaged, Some("snap-000001-0000000001-2")), "{error}");
}

#[test]
fn received_blocks_are_kept_until_a_commit_has_taken_them_and_manifests_say_so() {
    let storage = MemoryStorage::new();
    let mut log = start(&storage);
    let mut receivers = log.receiver_log(&mut |_| panic!("there is none")).unwrap();
    assert_eq!([receivers.append(0, b"a"), receivers.append(1, b"b"), receivers.append(0, b"c")], [1, 2, 3]);
    assert_eq!(receivers.sync().unwrap(), 3);
    receivers.append(1, b"never synced");
    log.commit(&Commit { blocks: vec![(0, 1)], ..commit(1, "a", "1") }).unwrap();
    drop((log, receivers));
    let blocks = |log: &CommitLog| {
        let mut blocks = Vec::new();
        let receivers = log.receiver_log(&mut |block| {
            blocks.push((block.number, block.receiver, block.bytes));
            Ok(())
        });
        (receivers.unwrap(), blocks)
    };
    let mut log = start(&storage);
    let (receivers, found) = blocks(&log);
    assert_eq!(found, [(2, 1, b"b".to_vec()), (3, 0, b"c".to_vec())]);
    log.commit(&Commit { blocks: vec![(0, 3), (1, 2)], ..commit(2, "a", "1") }).unwrap();
    drop(receivers);
    drop(log);
    let mut log = start(&storage);
    let (mut receivers, found) = blocks(&log);
    assert_eq!(found, []);
    let files = |storage: &MemoryStorage| files(storage).iter().filter(|name| name.starts_with("rx-")).count();
    receivers.collect(&log.blocks_behind_manifests()).unwrap();
    assert_eq!(files(&storage), 3, "the older of the two manifests does not know of it");
    let mut writer = log.begin_snapshot().unwrap();
    writer.push(&section("a", 0, "1")).unwrap();
    log.finish_snapshot(writer.finish().unwrap()).unwrap();
    receivers.collect(&log.blocks_behind_manifests()).unwrap();
    assert_eq!(files(&storage), 1);
    assert_eq!(receivers.append(0, b"d"), 4);
}

/// A start that needs more than one file for what it copies.
#[test]
fn copies_of_received_blocks_have_no_holes() {
    let storage = MemoryStorage::new();
    let begin = |storage: &MemoryStorage| {
        let options = Options { receiver_bytes: 100, ..Options::default() };
        let opening = Opening::lock(Box::new(storage.clone()), options).unwrap();
        opening.read(&mut Values::default(), None).unwrap().begin(Schemas::default()).unwrap()
    };
    let numbers = |log: &CommitLog| {
        let mut numbers = Vec::new();
        let receivers = log.receiver_log(&mut |block| {
            numbers.push(block.number);
            Ok(())
        });
        (receivers.unwrap(), numbers)
    };
    let mut log = begin(&storage);
    let (mut receivers, _) = numbers(&log);
    // so large that each is a file of its own
    let block = vec![7; 1 << 20];
    for number in 1..=4 {
        receivers.append(number % 2, &block);
        receivers.sync().unwrap();
    }
    log.commit(&Commit { blocks: vec![(0, 4)], ..commit(1, "a", "1") }).unwrap();
    drop((log, receivers));
    let mut log = begin(&storage);
    let (mut receivers, found) = numbers(&log);
    assert_eq!(found, [1, 3]);
    // now the copies alone are left
    for _ in 0..2 {
        let mut writer = log.begin_snapshot().unwrap();
        writer.push(&section("a", 0, "1")).unwrap();
        log.finish_snapshot(writer.finish().unwrap()).unwrap();
    }
    for name in files(&storage).iter().filter(|name| name.starts_with("rx-000001")) {
        storage.clone().delete(name).unwrap();
    }
    receivers.collect(&log.blocks_behind_manifests()).unwrap();
    drop((log, receivers));
    assert_eq!(numbers(&begin(&storage)).1, [1, 3]);
}
