//! Savepoints as bytes: what is in them, what a directory begins with, and what is refused.

use super::super::{CommitLog, Layout, MemoryStorage, Options, mutant, verify};
use super::*;
use crate::testing::{Faults, SimStorage};
use std::collections::BTreeMap;

/// Named values; the last bytes of a section win.
#[derive(Debug, Default, PartialEq, Eq)]
struct Values {
    values: BTreeMap<String, Vec<u8>>,
    schemas: Schemas,
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
        self.values.insert(section.name, section.bytes);
        Ok(())
    }
    fn record(&mut self, commit: &Commit) -> Result<(), crate::Error> {
        commit.sections.iter().try_for_each(|section| self.snapshot(section.clone()))
    }
}

fn options(incarnation: u64) -> Options {
    let layout = Layout { pipeline: "words".into(), shards: 64, hash_seed: 7 };
    Options { layout, incarnation, receiver_bytes: 60, ..Options::default() }
}

fn schemas() -> Schemas {
    Schemas([(9, "u64".to_owned())].into())
}

/// Opens a directory, which begins with a savepoint if it is given one.
fn open(storage: &MemoryStorage, incarnation: u64, from: Option<&MemoryStorage>) -> (CommitLog, Values, Vec<u64>) {
    let mut opening = Opening::lock(Box::new(storage.clone()), options(incarnation)).expect("free");
    if let Some(from) = from
        && !holds_commits(opening.storage()).expect("readable")
    {
        Held::of_savepoint(from).expect("whole").begin(&mut opening).expect("copied");
    }
    let mut values = Values::default();
    let recovered = opening.read(&mut values, None).expect("readable");
    let undelivered = recovered.undelivered.iter().map(|left| left.epoch).collect();
    (recovered.begin(schemas()).expect("written"), values, undelivered)
}

fn commit(epoch: u64, name: &str) -> Commit {
    let section = Section { name: name.into(), schema: 9, bytes: epoch.to_le_bytes().to_vec() };
    let outputs = vec![(0, b"rows".to_vec())];
    Commit { epoch, clock: epoch as i64 * 10, sections: vec![section], outputs, ..Commit::default() }
}

fn snapshot(log: &mut CommitLog, name: &str) {
    let bytes = log.epoch().to_le_bytes().to_vec();
    let mut writer = log.begin_snapshot().expect("begun");
    writer.push(&Section { name: name.into(), schema: 9, bytes }).expect("written");
    let written = writer.finish().expect("synced");
    log.finish_snapshot(written).expect("published");
}

/// A directory with a snapshot and a log behind it, its last outputs not delivered.
fn original() -> MemoryStorage {
    let storage = MemoryStorage::new();
    let mut log = open(&storage, 1, None).0;
    for epoch in 1..=6 {
        log.commit(&commit(epoch, if epoch % 2 == 0 { "even" } else { "odd" })).expect("durable");
        if epoch < 6 {
            log.delivered(0, epoch);
        }
        if epoch == 3 {
            snapshot(&mut log, "odd");
        }
    }
    storage
}

fn saved(storage: &MemoryStorage) -> MemoryStorage {
    let mut target = MemoryStorage::new();
    let held = Held::read(storage).expect("readable").expect("commits");
    held.save(&mut target, 2).expect("saved");
    target
}

fn contents(storage: &MemoryStorage) -> BTreeMap<String, Vec<u8>> {
    let names = storage.list().expect("listed");
    let read = |name: &str| storage.read(name, 0, 1 << 20).expect("read");
    names.into_iter().map(|name| (name.clone(), read(&name))).collect()
}

#[test]
fn a_directory_begins_with_a_savepoint_once() {
    let original = original();
    let savepoint = saved(&original);
    let before = contents(&savepoint);
    assert_eq!(verify(&savepoint), []);
    let fork = MemoryStorage::new();
    let (mut log, values, undelivered) = open(&fork, 3, Some(&savepoint));
    let expected = [("even", 6u64), ("odd", 5)].map(|(name, epoch)| (name.to_owned(), epoch.to_le_bytes().to_vec()));
    assert_eq!(values, Values { values: expected.into(), schemas: schemas() });
    assert_eq!(undelivered, [0; 0], "results of the original are its own");
    assert_eq!((log.epoch(), log.incarnation(), log.generation()), (6, 3, 2));
    log.commit(&commit(7, "odd")).expect("durable");
    drop(log);
    // the fork has a history now
    let (log, values, undelivered) = open(&fork, 4, Some(&savepoint));
    assert_eq!((log.epoch(), log.incarnation(), undelivered), (7, 3, vec![7]));
    assert_eq!(values.values["odd"], 7u64.to_le_bytes());
    assert_eq!(contents(&savepoint), before, "it is never changed");
    assert_eq!(verify(&fork), []);
}

#[test]
fn a_savepoint_of_a_log_without_a_snapshot_and_of_a_snapshot_without_a_log() {
    let storage = MemoryStorage::new();
    let mut log = open(&storage, 1, None).0;
    log.commit(&commit(1, "odd")).expect("durable");
    let first = saved(&storage);
    snapshot(&mut log, "odd");
    let second = saved(&storage);
    for savepoint in [first, second] {
        let (log, values, _) = open(&MemoryStorage::new(), 3, Some(&savepoint));
        assert_eq!((log.epoch(), values.values["odd"].as_slice()), (1, &1u64.to_le_bytes()[..]));
    }
}

#[test]
fn what_is_not_known_to_be_delivered_is_told() {
    let original = original();
    assert_eq!(Held::read(&original).expect("readable").expect("commits").undelivered(), Some(6));
    let mut log = open(&original, 1, None).0;
    log.delivered(0, 6);
    drop(log);
    assert_eq!(Held::read(&original).expect("readable").expect("commits").undelivered(), Some(6));
    let mut log = open(&original, 1, None).0;
    log.delivered(0, 6);
    log.close().expect("written");
    drop(log);
    assert_eq!(Held::read(&original).expect("readable").expect("commits").undelivered(), None);
    assert_eq!(open(&original, 1, None).0.epoch(), 6);
}

#[test]
fn no_job_writes_to_a_savepoint() {
    let savepoint = saved(&original());
    let error = Opening::lock(Box::new(savepoint.clone()), options(1)).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().starts_with("this directory is a savepoint"), "{error}");
    assert!(!contents(&savepoint).contains_key("LOCK"));
}

#[test]
fn what_is_no_savepoint_is_refused_and_so_is_a_place_that_is_taken() {
    let original = original();
    let error = Held::of_savepoint(&original).err().expect("a checkpoint directory");
    assert_eq!(error.kind(), ErrorKind::Refused);
    let held = Held::read(&original).expect("readable").expect("commits");
    let mut taken = saved(&original);
    let before = contents(&taken);
    assert_eq!(held.save(&mut taken, 5).expect_err("taken").kind(), ErrorKind::Refused);
    assert_eq!(contents(&taken), before);
}

#[test]
fn a_directory_without_a_commit_has_no_savepoint() {
    assert!(Held::read(&MemoryStorage::new()).expect("readable").is_none());
    let storage = MemoryStorage::new();
    drop(open(&storage, 1, None));
    assert!(Held::read(&storage).expect("readable").is_none());
    assert!(!holds_commits(&storage).expect("readable"), "a start alone is no history");
    let (log, _, _) = open(&storage, 1, Some(&saved(&original())));
    assert_eq!((log.epoch(), log.incarnation()), (6, 1));
}

/// Every byte, every file: what is damaged is refused with its file, or changes nothing.
#[test]
fn damage_of_a_savepoint_is_seen() {
    let savepoint = saved(&original());
    let whole = contents(&savepoint);
    let read = |storage: &MemoryStorage| {
        let mut values = Values::default();
        let held = Held::of_savepoint(storage)?;
        let mut opening = Opening::lock(Box::new(MemoryStorage::new()), options(3)).expect("free");
        held.begin(&mut opening)?;
        opening.read(&mut values, None)?;
        Ok::<_, Error>(values)
    };
    let expected = read(&savepoint).expect("whole");
    let put = |changed: &BTreeMap<String, Vec<u8>>| {
        let storage = MemoryStorage::new();
        changed.iter().for_each(|(name, bytes)| storage.put(name, bytes.clone()));
        read(&storage)
    };
    let mut refused = 0;
    for (name, bytes) in &whole {
        let mut without = whole.clone();
        without.remove(name);
        assert!(put(&without).is_err(), "without {name}");
        for place in 0..bytes.len() {
            let mut changed = whole.clone();
            changed.get_mut(name).expect("there")[place] ^= 0x41;
            match put(&changed) {
                Ok(values) => assert_eq!(values, expected, "byte {place} of {name}"),
                Err(error) => {
                    assert!(error.file_name().is_some(), "{error}");
                    refused += 1;
                }
            }
            let mut cut = whole.clone();
            cut.get_mut(name).expect("there").truncate(place);
            if let Ok(values) = put(&cut) {
                assert_eq!(values, expected, "{name} cut at {place}");
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

/// A process that dies in any call while it takes a savepoint over: the next one begins with it all the same.
#[test]
fn a_start_from_a_savepoint_may_die_at_any_moment() {
    let savepoint = saved(&original());
    let start = |disk: &SimStorage| -> Result<(Values, u64, u64), Error> {
        let mut opening = Opening::lock(Box::new(disk.clone()), options(3))?;
        if !holds_commits(opening.storage())? {
            Held::of_savepoint(&savepoint)?.begin(&mut opening)?;
        }
        let mut values = Values::default();
        let recovered = opening.read(&mut values, None)?;
        let log = recovered.begin(schemas())?;
        Ok((values, log.epoch(), log.incarnation()))
    };
    let expected = start(&SimStorage::new(0)).expect("no fault");
    assert_eq!((expected.1, expected.2), (6, 3));
    let mut deaths = 0;
    for seed in 0..10 {
        for call in 1.. {
            let disk = SimStorage::new(seed);
            disk.set_faults(Faults { crash_at: call, ..Faults::default() });
            let first = start(&disk);
            disk.set_faults(Faults::default());
            if first.is_ok() {
                break;
            }
            deaths += 1;
            if seed % 2 == 0 {
                disk.power_loss();
            }
            assert_eq!(start(&disk.restart()).expect("a second start"), expected, "seed {seed}, call {call}");
        }
    }
    assert!(deaths > 100, "{deaths} deaths");
}

/// A savepoint whose taking died is refused, or whole.
#[test]
fn a_savepoint_that_was_not_finished_is_refused() {
    let original = original();
    let held = Held::read(&original).expect("readable").expect("commits");
    let (mut whole, mut refused) = (0, 0);
    for seed in 0..10 {
        for call in 1.. {
            let mut disk = SimStorage::new(seed);
            disk.set_faults(Faults { crash_at: call, ..Faults::default() });
            let saved = held.save(&mut disk, 2);
            disk.set_faults(Faults::default());
            disk.power_loss();
            let disk = disk.restart();
            match Held::of_savepoint(&disk) {
                Ok(held) => assert_eq!(held.epoch(), 6, "seed {seed}, call {call}"),
                Err(error) => assert!(saved.is_err(), "seed {seed}, call {call}: {error}"),
            }
            match saved {
                Ok(()) => break,
                Err(_) if Held::of_savepoint(&disk).is_ok() => whole += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(whole > 0 && refused > 50, "{whole} whole, {refused} refused");
}

type Blocks = Vec<(u64, u32, Vec<u8>)>;

/// What a start finds that receivers have acknowledged.
fn received(log: &CommitLog) -> (ReceiverLog, Blocks) {
    received_in(log, None)
}

fn received_in(log: &CommitLog, second: Option<&MemoryStorage>) -> (ReceiverLog, Blocks) {
    let mut blocks = vec![];
    let second = second.map(|second| Box::new(second.clone()) as Box<dyn Storage>);
    let receivers = log.receiver_log_in(second, &mut |block| {
        blocks.push((block.number, block.receiver, block.bytes));
        Ok(())
    });
    (receivers.expect("readable"), blocks)
}

/// Six blocks of two receivers, of which a commit has taken the first and the fourth.
fn receiving(second: Option<&MemoryStorage>) -> (MemoryStorage, CommitLog, ReceiverLog) {
    let storage = MemoryStorage::new();
    let mut log = open(&storage, 1, None).0;
    let mut receivers = received_in(&log, second).0;
    for number in 1..=6 {
        receivers.append(number % 2, &[number as u8]);
    }
    receivers.sync().expect("durable");
    log.commit(&Commit { blocks: vec![(1, 1), (0, 4)], ..commit(1, "odd") }).expect("durable");
    log.delivered(0, 1);
    (storage, log, receivers)
}

fn pending() -> Blocks {
    [3, 5, 6].map(|number| (number, number as u32 % 2, vec![number as u8])).into()
}

#[test]
fn what_receivers_have_acknowledged_comes_along() {
    let (storage, mut log, _) = receiving(None);
    let first = saved(&storage);
    snapshot(&mut log, "odd");
    for savepoint in [first, saved(&storage)] {
        assert_eq!(verify(&savepoint), []);
        let fork = MemoryStorage::new();
        let log = open(&fork, 3, Some(&savepoint)).0;
        let (mut receivers, blocks) = received(&log);
        assert_eq!(blocks, pending());
        receivers.append(0, b"new");
        receivers.sync().expect("durable");
        drop((log, receivers));
        // once, whatever the option says at the next start
        let mut log = open(&fork, 3, Some(&savepoint)).0;
        let (receivers, blocks) = received(&log);
        assert_eq!(blocks, [pending(), vec![(7, 0, b"new".to_vec())]].concat());
        log.commit(&Commit { blocks: vec![(0, 7), (1, 5)], ..commit(2, "odd") }).expect("durable");
        drop((log, receivers));
        assert_eq!(received(&open(&fork, 3, None).0).1, []);
        assert_eq!(verify(&fork), []);
    }
}

/// One that was received when all had been taken: numbers go on.
#[test]
fn numbers_of_blocks_go_on_behind_a_savepoint() {
    let (storage, mut log, receivers) = receiving(None);
    log.commit(&Commit { blocks: vec![(1, 5), (0, 6)], ..commit(2, "even") }).expect("durable");
    drop((log, receivers));
    let log = open(&MemoryStorage::new(), 3, Some(&saved(&storage))).0;
    let (mut receivers, blocks) = received(&log);
    assert_eq!((blocks.len(), receivers.append(0, b"new")), (0, 7));
}

#[test]
fn what_one_of_two_directories_has_lost_comes_from_the_other() {
    let second = MemoryStorage::new();
    let (mut storage, ..) = receiving(Some(&second));
    for name in storage.list().expect("listed").iter().filter(|name| name.starts_with("rx-")) {
        storage.delete(name).expect("deleted");
    }
    let save = |second: &MemoryStorage| {
        let mut target = MemoryStorage::new();
        let held = Held::read(&storage).expect("readable").expect("commits").and_second(Some(second));
        held.save(&mut target, 2).map(|()| target)
    };
    let savepoint = save(&second).expect("saved");
    assert_eq!(received(&open(&MemoryStorage::new(), 3, Some(&savepoint)).0).1, pending());
    let other = receiving(Some(&MemoryStorage::new())).0;
    let error = save(&saved(&other)).expect_err("of another checkpoint");
    assert_eq!(error.kind(), ErrorKind::AlreadyThere, "{error}");
}

/// Its numbers are those of the savepoint, too.
#[test]
fn a_directory_that_has_received_something_does_not_begin_with_a_savepoint() {
    let (storage, ..) = receiving(None);
    let savepoint = saved(&storage);
    let target = MemoryStorage::new();
    let log = open(&target, 3, None).0;
    let mut receivers = received(&log).0;
    receivers.append(0, b"its own");
    receivers.sync().expect("durable");
    drop((log, receivers));
    let mut opening = Opening::lock(Box::new(target.clone()), options(3)).expect("free");
    let error =
        Held::of_savepoint(&savepoint).expect("whole").begin(&mut opening).expect_err("both have a first block");
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    drop(opening);
    assert_eq!(received(&open(&target, 3, None).0).1, [(1, 0, b"its own".to_vec())]);
}

/// The job has gone on between the two looks, and has deleted what it does not need any more.
#[test]
fn blocks_that_go_while_a_savepoint_is_taken_are_missed() {
    let (storage, mut log, mut receivers) = receiving(None);
    let save = || Held::read(&storage).expect("readable").expect("commits");
    let held = save();
    log.commit(&Commit { blocks: vec![(1, 5), (0, 6)], ..commit(2, "even") }).expect("durable");
    log.delivered(0, 2);
    // the manifest that was read is the older one of two now: nothing was deleted
    snapshot(&mut log, "even");
    receivers.collect(&log.blocks_behind_manifests()).expect("deleted");
    let mut target = MemoryStorage::new();
    held.save(&mut target, 2).expect("saved");
    assert_eq!(received(&open(&MemoryStorage::new(), 3, Some(&target)).0).1, pending());
    snapshot(&mut log, "even");
    receivers.collect(&log.blocks_behind_manifests()).expect("deleted");
    assert!(held.save(&mut MemoryStorage::new(), 2).is_err(), "the log is gone too");
    let owner = Owner { incarnation: 2, generation: 1, sequence: 1 };
    let error = held.received(&MemoryStorage::new(), &owner).expect_err("had the log been read before");
    assert_eq!((error.kind(), error.section_name()), (ErrorKind::Damaged, Some("the blocks")), "{error}");
    save().save(&mut MemoryStorage::new(), 2).expect("the next look sees what holds");
}

/// A process that dies in any call of such a start: the next one finds each block once with the savepoint, and without it none.
#[test]
fn blocks_belong_to_the_state_that_they_came_with() {
    assert!(whoever_dies_while_it_begins(false) > 100);
}

/// The test above would see it.
#[test]
fn blocks_that_stay_without_their_state_would_be_seen() {
    let seen = mutant::with("KeepBrought", || std::panic::catch_unwind(|| whoever_dies_while_it_begins(true)));
    assert!(seen.is_err(), "they were not found");
}

fn whoever_dies_while_it_begins(quiet: bool) -> usize {
    let savepoint = saved(&receiving(None).0);
    let start = |disk: &SimStorage, from: bool| -> Result<(u64, usize), Error> {
        let mut opening = Opening::lock(Box::new(disk.clone()), options(3))?;
        if from && !holds_commits(opening.storage())? {
            Held::of_savepoint(&savepoint)?.begin(&mut opening)?;
        }
        let log = opening.read(&mut Values::default(), None)?.begin(schemas())?;
        let mut blocks = 0;
        log.receiver_log(&mut |_| {
            blocks += 1;
            Ok(())
        })?;
        Ok((log.epoch(), blocks))
    };
    let mut deaths = 0;
    for seed in 0..8 {
        for call in 1.. {
            let disk = SimStorage::new(seed);
            disk.set_faults(Faults { crash_at: call, ..Faults::default() });
            let first = start(&disk, true);
            disk.set_faults(Faults::default());
            if first.is_ok() {
                break;
            }
            deaths += 1;
            if seed % 2 == 0 {
                disk.power_loss();
            }
            let disk = disk.restart();
            let next = start(&disk, seed % 4 < 2).expect("a second start");
            let right = if seed % 4 < 2 { next == (1, 3) } else { next == (1, 3) || next == (0, 0) };
            if !right && quiet {
                std::panic::resume_unwind(Box::new("seen"));
            }
            assert!(right, "seed {seed}, call {call}: {next:?}");
            // and it goes on with what it has begun with
            assert_eq!(start(&disk.restart(), false).expect("a third start"), next, "seed {seed}, call {call}");
        }
    }
    deaths
}
