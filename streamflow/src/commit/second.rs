//! The log of receivers in two directories: one of them may lose or spoil what it likes.

use super::mutant;
use super::{Block, CommitLog, Error, LocalStorage, MemoryStorage, Opening, Options, ReceiverLog, Replay, Schemas};
use super::{Commit, ErrorKind, Section, Storage};
use crate::testing::{Faults, Random, SimStorage};

struct Unread;

impl Replay for Unread {
    fn begin(&mut self) -> Result<(), crate::Error> {
        Ok(())
    }
    fn schemas(&mut self, _: &Schemas) -> Result<(), crate::Error> {
        Ok(())
    }
    fn snapshot(&mut self, _: Section) -> Result<(), crate::Error> {
        Ok(())
    }
    fn record(&mut self, _: &Commit) -> Result<(), crate::Error> {
        Ok(())
    }
}

fn open(
    first: &(impl Storage + Clone + 'static),
    second: &(impl Storage + Clone + 'static),
) -> Result<(CommitLog, ReceiverLog, Vec<Block>), Error> {
    let options = Options { receiver_bytes: 300, ..Options::default() };
    let opening = Opening::lock(Box::new(first.clone()), options)?;
    let log = opening.read(&mut Unread, None)?.begin(Schemas::default())?;
    let mut blocks = vec![];
    let receivers = log.receiver_log_in(Some(Box::new(second.clone())), &mut |block| {
        blocks.push(block);
        Ok(())
    })?;
    Ok((log, receivers, blocks))
}

/// Deletes what was received, as somebody who tidies up would.
fn lose(storage: &mut impl Storage) {
    for name in storage.list().expect("alive") {
        if name.starts_with("rx-") {
            storage.delete(&name).expect("deleted");
        }
    }
    storage.sync_dir().expect("synced");
}

/// Lives on two failing disks, one of which loses its files or some bits between them. What was acknowledged and is missing; true if a
/// start was refused.
fn run(seed: u64) -> Result<bool, String> {
    let mut random = Random::new(seed);
    let (mut first, mut second) = (SimStorage::new(random.next()), SimStorage::new(random.next()));
    let (mut acknowledged, mut next) = (vec![], 0_u64);
    let (loses_first, mut flipped) = (random.once_in(2), false);
    for life in 0..8 {
        let faults = Faults { crash: 40, error: 60, crash_at: 0 };
        let faults = if life < 7 { faults } else { Faults::default() };
        first.set_faults(faults);
        second.set_faults(faults);
        let lived = open(&first, &second).and_then(|(_, mut receivers, blocks)| {
            let found: Vec<u64> =
                blocks.iter().filter_map(|block| Some(u64::from_le_bytes(block.bytes[..].try_into().ok()?))).collect();
            let missing: Vec<&u64> = acknowledged.iter().filter(|n| !found.contains(*n)).collect();
            if !missing.is_empty() {
                return Ok(Err(format!("seed {seed}: {missing:?} were acknowledged; found {found:?}")));
            }
            for _ in 0..random.below(20) {
                let mut group = vec![];
                for _ in 0..1 + random.below(3) {
                    receivers.append(0, &next.to_le_bytes());
                    group.push(next);
                    next += 1;
                }
                receivers.sync()?;
                acknowledged.extend(group);
            }
            Ok(Ok(()))
        });
        match lived {
            Ok(right) => right?,
            Err(error) if error.kind() == ErrorKind::Io => {}
            // a block of which only the spoilt directory knows, behind the damage: nobody can tell whether it was acknowledged
            Err(error) if error.kind() == ErrorKind::Damaged && flipped => return Ok(true),
            Err(error) => return Err(format!("seed {seed}: {error}")),
        }
        if random.once_in(2) {
            first.power_loss();
            second.power_loss();
        }
        (first, second) = (first.restart(), second.restart());
        first.set_faults(Faults::default());
        second.set_faults(Faults::default());
        if loses_first && random.once_in(3) {
            lose(&mut first);
        }
        if !loses_first && random.once_in(3) {
            match random.below(2) {
                0 => lose(&mut second),
                _ => flipped |= second.flip().is_some(),
            }
        }
    }
    Ok(false)
}

#[test]
fn one_of_two_directories_may_lose_what_was_received() {
    let refused = (0..300).filter(|seed| run(*seed).unwrap_or_else(|wrong| panic!("{wrong}"))).count();
    assert!(refused < 15, "{refused} of 300 runs were refused");
}

/// The test above would see it.
#[test]
fn a_second_directory_that_is_not_synced_would_be_no_copy() {
    let wrong = (0..300).any(|seed| mutant::with("NoSecondSync", || run(seed)).is_err());
    assert!(wrong, "nothing was lost");
}

#[test]
fn damage_in_both_and_files_of_another_checkpoint_are_refused() {
    let (first, second) = (MemoryStorage::new(), MemoryStorage::new());
    let (log, mut receivers, _) = open(&first, &second).expect("new");
    for n in 0..6_u64 {
        receivers.append(0, &n.to_le_bytes());
        receivers.sync().expect("durable");
    }
    let name = first.list().expect("files").into_iter().filter(|name| name.starts_with("rx-")).min().expect("a file");
    drop((log, receivers));
    let good = first.read(&name, 0, 1 << 20).expect("read");
    let mut bad = good.clone();
    bad[120] ^= 1;
    first.put(&name, bad.clone());
    let (log, receivers, blocks) = open(&first, &second).expect("the second one has it");
    assert_eq!(blocks.len(), 6);
    drop((log, receivers));
    // the copies of this start lie in files of its own
    for storage in [&first, &second] {
        lose(&mut storage.clone());
        storage.put(&name, bad.clone());
    }
    let error = open(&first, &second).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");

    let other = MemoryStorage::new();
    let error = open(&other, &second).expect_err("refused");
    assert!(error.to_string().contains("for another checkpoint directory"), "{error}");
}

#[test]
fn a_second_directory_belongs_to_one_job() {
    let (one, two, shared) =
        (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"), tempfile::tempdir().expect("shared"));
    let open = |first: &tempfile::TempDir| {
        let opening = Opening::lock(Box::new(LocalStorage::open(first.path())?), Options::default())?;
        let log = opening.read(&mut Unread, None)?.begin(Schemas::default())?;
        let receivers = log.receiver_log_in(Some(Box::new(LocalStorage::open(shared.path())?)), &mut |_| Ok(()))?;
        Ok::<_, Error>((log, receivers))
    };
    let _held = open(&one).expect("free");
    assert_eq!(open(&two).expect_err("held").kind(), ErrorKind::Locked);
}

#[test]
fn a_second_directory_that_was_left_out_for_a_while_is_refused() {
    let (first, second, third) = (MemoryStorage::new(), MemoryStorage::new(), MemoryStorage::new());
    let receive = |second: &MemoryStorage, what: &[u8]| {
        let (_log, mut receivers, _) = open(&first, second).expect("free");
        receivers.append(0, what);
        receivers.sync().expect("durable");
    };
    receive(&second, b"never acknowledged");
    // without the second directory the block does not come back, and its number goes to another one
    lose(&mut first.clone());
    receive(&third, b"acknowledged");
    let error = open(&first, &second).expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    assert!(error.to_string().contains("another block has this number"), "{error}");
    assert_eq!(open(&first, &third).expect("those two are alike").2.len(), 1);
}
