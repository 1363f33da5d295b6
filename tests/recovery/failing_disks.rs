//! Jobs on disks that are full, read-only, limited or slow: they end with an error that names the file, nothing on disk is damaged, and the next
//! start goes on exactly.

use crate::child;
use crate::disk::{Device, Disk, limited, with_mounts};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use streamflow::checkpoint::{self, FileId, LocalStorage, Storage, verify};
use streamflow::{Checkpoint, Error, ErrorKind, Report, file, source, stream};

const RECORDS: u64 = 4_000;

/// All numbers into one file, and how many there are of each kind into another one. `look` sees every number on its way.
fn run(checkpoint: Checkpoint, results: &Path, look: impl Fn(u64) + Sync) -> Result<Report, Error> {
    let numbers: Vec<u64> = (0..RECORDS).collect();
    let job = stream! {
        #![name = "numbers"]
        #![delivery(exactly_once)]
        #![checkpoint(checkpoint)]
        let all = source::vec(numbers) -> inspect(|n| look(*n));
        all -> split {
            each => map(|n| n.to_string()) -> file::write(results.join("numbers")),
            kinds => key_by(|n| n % 7) -> count() as kinds -> map(|row| format!("{} {}", row.key, row.value))
                -> file::write(results.join("kinds")),
        }
    };
    // a batch is 200 records
    job.batch_bytes(1_600).threads(2).signals(false).run()
}

/// Every number once and in order, and counts that never fall and come to the right end.
fn check(results: &Path) {
    let numbers = std::fs::read_to_string(results.join("numbers")).expect("numbers");
    let expected: Vec<String> = (0..RECORDS).map(|n| n.to_string()).collect();
    assert!(numbers.lines().eq(expected.iter().map(String::as_str)), "not every number once and in order");
    let mut counts = [0; 7];
    for line in std::fs::read_to_string(results.join("kinds")).expect("kinds").lines() {
        let (kind, count) = line.split_once(' ').expect("a kind and a count");
        let (kind, count): (usize, u64) = (kind.parse().expect("a kind"), count.parse().expect("a count"));
        assert!(count > counts[kind], "{line} comes behind {}", counts[kind]);
        counts[kind] = count;
    }
    assert_eq!(counts.iter().sum::<u64>(), RECORDS);
}

/// The error and its causes.
fn said(error: &Error) -> String {
    let first: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(first), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What a start would find is whole.
fn whole(state: &Path) {
    let found = verify(&LocalStorage::open(state).expect("the directory"));
    assert!(found.iter().all(|finding| !finding.fatal), "{found:?}");
}

fn state(directory: &Path) -> Checkpoint {
    // no second try: the job is to end
    Checkpoint::from(directory.to_owned()).snapshot_after(6).retry_for(Duration::ZERO)
}

/// The disk fills up at each of these records in turn; with each start it has room again.
fn fills_up(disk: &Disk, state_at: &Path, results: &Path, kind: ErrorKind, names: &[&str]) {
    for full_at in [100, 900, 1_700, 2_500, 3_300] {
        let ended = run(state(state_at), results, |n| {
            if n == full_at {
                disk.fill();
            }
        });
        let error = ended.expect_err("the disk is full");
        let text = said(&error);
        assert_eq!(error.kind(), kind, "{text}");
        assert!(text.contains("No space left on device"), "{text}");
        assert!(names.iter().any(|name| text.contains(name)), "it does not name the file: {text}");
        whole(state_at);
        disk.free();
    }
    run(state(state_at), results, |_| ()).expect("there is room");
    check(results);
}

#[test]
fn a_full_disk_under_the_checkpoint_ends_the_job_and_a_free_one_lets_it_go_on() {
    with_mounts("failing_disks::a_full_disk_under_the_checkpoint_ends_the_job_and_a_free_one_lets_it_go_on", || {
        let (disk, results) = (Disk::of(1 << 20), tempfile::tempdir().expect("a directory"));
        let kept = disk.path().join("state");
        fills_up(&disk, &kept, results.path(), ErrorKind::Checkpoint, &["`log-", "`man-", "`snap-"]);
    });
}

#[test]
fn a_full_disk_under_the_results_ends_the_job_and_a_free_one_lets_it_go_on() {
    with_mounts("failing_disks::a_full_disk_under_the_results_ends_the_job_and_a_free_one_lets_it_go_on", || {
        let (disk, kept) = (Disk::of(1 << 20), tempfile::tempdir().expect("a directory"));
        fills_up(&disk, kept.path(), disk.path(), ErrorKind::Sink, &["numbers", "kinds"]);
    });
}

/// The same without an end: the job waits until there is room, which somebody makes.
#[test]
fn a_job_that_may_wait_goes_on_when_a_full_disk_has_room_again() {
    with_mounts("failing_disks::a_job_that_may_wait_goes_on_when_a_full_disk_has_room_again", || {
        let (disk, results) = (Disk::of(1 << 20), tempfile::tempdir().expect("a directory"));
        let kept = state(&disk.path().join("state")).retry_for(Duration::from_secs(60));
        let filled = AtomicBool::new(false);
        let report = std::thread::scope(|scope| {
            run(kept, results.path(), |n| {
                if n == 1_300 && !filled.swap(true, SeqCst) {
                    disk.fill();
                    scope.spawn(|| {
                        std::thread::sleep(Duration::from_millis(300));
                        disk.free();
                    });
                }
            })
        });
        assert!(report.expect("there is room").recoveries >= 1, "the disk was not full");
        check(results.path());
    });
}

/// The kernel makes a disk read-only after errors of its own; a job that starts there changes nothing.
#[test]
fn a_read_only_disk_is_named_and_a_writable_one_lets_the_job_go_on() {
    with_mounts("failing_disks::a_read_only_disk_is_named_and_a_writable_one_lets_the_job_go_on", || {
        let (disk, results) = (Disk::of(1 << 20), tempfile::tempdir().expect("a directory"));
        let kept = disk.path().join("state");
        let dies = run(state(&kept), results.path(), |n| {
            if n == 2_000 {
                disk.fill();
            }
        });
        dies.expect_err("the disk is full");
        disk.free();
        disk.read_only();
        let error = run(state(&kept), results.path(), |_| ()).expect_err("nothing can be written");
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Checkpoint, "{text}");
        assert!(text.contains("Read-only file system") && text.contains("LOCK"), "{text}");
        whole(&kept);
        disk.writable();
        run(state(&kept), results.path(), |_| ()).expect("it is writable again");
        check(results.path());
    });
}

/// A sync that fails for real, at each of these records in turn: the writes before it were told to be fine, and what they wrote is not there.
#[test]
fn a_sync_that_fails_ends_the_job_and_a_sound_device_lets_it_go_on() {
    with_mounts("failing_disks::a_sync_that_fails_ends_the_job_and_a_sound_device_lets_it_go_on", || {
        let Some(device) = Device::of(2 << 20) else { return };
        let mut failed = 0;
        for fails_at in [100, 900, 1_700, 2_500, 3_300] {
            let kept = device.path().join(format!("state {fails_at}"));
            let results = tempfile::tempdir().expect("a directory");
            let ended = run(state(&kept), results.path(), |n| {
                if n == fails_at {
                    device.fails();
                }
            });
            // what is left of a job may find room in blocks that are there
            if let Err(error) = ended {
                let text = said(&error);
                assert_eq!(error.kind(), ErrorKind::Checkpoint, "{text}");
                assert!(text.contains("cannot sync"), "{text}");
                let named = ["`log-", "`man-", "`snap-"].iter().any(|name| text.contains(name));
                assert!(named, "no file is named: {text}");
                failed += 1;
            }
            device.heals();
            device.forgets();
            whole(&kept);
            run(state(&kept), results.path(), |_| ()).expect("the device is sound");
            check(results.path());
        }
        assert!(failed >= 3, "{failed} of five syncs failed");
    });
}

/// The same in one process: behind a sync that has failed the kernel shows what is not on the device. Nothing may be built on that.
#[test]
fn a_job_that_comes_back_builds_on_nothing_that_only_the_kernel_remembers() {
    with_mounts("failing_disks::a_job_that_comes_back_builds_on_nothing_that_only_the_kernel_remembers", || {
        let Some(device) = Device::of(2 << 20) else { return };
        let (kept, results) = (device.path().join("state"), tempfile::tempdir().expect("a directory"));
        let fails_at = [300, 1_300, 2_300];
        let (next, seen, again) = (AtomicU64::new(0), Mutex::new(HashSet::new()), AtomicU64::new(0));
        let (failed, ended) = std::thread::scope(|scope| {
            let ended = run(state(&kept).retry_for(Duration::from_secs(60)), results.path(), |n| {
                again.fetch_add(u64::from(!seen.lock().expect("no panic").insert(n)), SeqCst);
                let at = next.load(SeqCst) as usize;
                if fails_at.get(at) == Some(&n) {
                    next.store(at as u64 + 1, SeqCst);
                    device.fails();
                    scope.spawn(|| {
                        std::thread::sleep(Duration::from_millis(300));
                        device.heals();
                    });
                }
                assert!(n < 3_000, "enough");
            });
            (next.load(SeqCst), ended)
        });
        assert_eq!(failed, 3);
        // a batch each time; a sync may find room in blocks that are there, but not each of them
        assert!(again.load(SeqCst) >= 200, "{again:?} numbers were read again");
        let error = ended.expect_err("that is an end");
        assert!(said(&error).contains("enough"), "{}", said(&error));
        device.forgets();
        whole(&kept);
        run(state(&kept), results.path(), |_| ()).expect("the device is sound");
        check(results.path());
    });
}

fn limited_job(directory: &Path) -> Result<Report, Error> {
    // no snapshot makes the log short again
    let checkpoint = Checkpoint::from(directory.join("state")).snapshot_after(100_000).retry_for(Duration::ZERO);
    run(checkpoint, &directory.join("results"), |_| ())
}

/// A write that is cut short in the middle of a record, then refused: on real files, without any mount.
#[test]
fn a_write_that_is_cut_short_is_an_error_and_not_a_record() {
    const TEST: &str = "failing_disks::a_write_that_is_cut_short_is_an_error_and_not_a_record";
    if child::role().as_deref() == Some("limited") {
        let directory = PathBuf::from(std::env::var_os("DIRECTORY").expect("the directory of the test"));
        limited_job(&directory).unwrap_or_else(|error| panic!("{:?}: {error}", error.kind()));
        return;
    }
    let mut refused = 0;
    for kilobytes in [3, 5, 8, 13, 21] {
        let directory = tempfile::tempdir().expect("a directory");
        std::fs::create_dir(directory.path().join("results")).expect("a directory");
        let mut command = child::command(TEST, "limited");
        command.env("DIRECTORY", directory.path());
        for kilobytes in [kilobytes, kilobytes + 2] {
            let output = limited(&command, kilobytes).output().expect("a shell");
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            if !output.status.success() {
                refused += 1;
                assert!(text.contains("Checkpoint: ") && text.contains("File too large"), "{text}");
                assert!(["`log-", "`man-"].iter().any(|name| text.contains(name)), "{text}");
            }
            whole(&directory.path().join("state"));
        }
        limited_job(directory.path()).expect("without a limit");
        check(&directory.path().join("results"));
    }
    assert!(refused >= 5, "the limit was reached {refused} times");
}

/// What a slow disk has seen. Clones are the same disk.
#[derive(Clone, Default)]
struct Seen {
    commits: Arc<AtomicU64>,
    snapshots: Arc<AtomicU64>,
    /// The first snapshot has waited in vain for commits.
    stalled: Arc<AtomicBool>,
}

/// Real files whose first snapshot takes until three more commits are durable.
struct Slow {
    files: Box<dyn Storage>,
    seen: Seen,
    names: Vec<(FileId, String)>,
}

impl Slow {
    fn is(&self, file: FileId, kind: &str) -> bool {
        self.names.iter().any(|(known, name)| *known == file && name.starts_with(kind))
    }
}

impl Storage for Slow {
    fn create_new(&mut self, name: &str) -> Result<FileId, checkpoint::Error> {
        let file = self.files.create_new(name)?;
        self.names.retain(|(known, _)| *known != file);
        self.names.push((file, name.to_owned()));
        Ok(file)
    }
    fn append(&mut self, file: FileId, bytes: &[u8]) -> Result<(), checkpoint::Error> {
        self.files.append(file, bytes)
    }
    fn sync(&mut self, file: FileId) -> Result<(), checkpoint::Error> {
        if self.is(file, "snap-") && self.seen.snapshots.fetch_add(1, SeqCst) == 0 {
            let (until, deadline) = (self.seen.commits.load(SeqCst) + 3, Instant::now() + Duration::from_secs(30));
            while self.seen.commits.load(SeqCst) < until {
                if Instant::now() > deadline {
                    self.seen.stalled.store(true, SeqCst);
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        self.files.sync(file)?;
        if self.is(file, "log-") {
            self.seen.commits.fetch_add(1, SeqCst);
        }
        Ok(())
    }
    fn close(&mut self, file: FileId) {
        self.files.close(file);
    }
    fn sync_dir(&mut self) -> Result<(), checkpoint::Error> {
        self.files.sync_dir()
    }
    fn read(&self, name: &str, offset: u64, length: usize) -> Result<Vec<u8>, checkpoint::Error> {
        self.files.read(name, offset, length)
    }
    fn length(&self, name: &str) -> Result<u64, checkpoint::Error> {
        self.files.length(name)
    }
    fn list(&self) -> Result<Vec<String>, checkpoint::Error> {
        self.files.list()
    }
    fn delete(&mut self, name: &str) -> Result<(), checkpoint::Error> {
        self.files.delete(name)
    }
    fn lock(&mut self) -> Result<(), checkpoint::Error> {
        self.files.lock()
    }
    fn handle(&self) -> Result<Box<dyn Storage>, checkpoint::Error> {
        Ok(Box::new(Slow { files: self.files.handle()?, seen: self.seen.clone(), names: vec![] }))
    }
}

#[test]
fn batches_do_not_wait_for_a_snapshot_on_a_slow_disk() {
    let (kept, results) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let files = Box::new(LocalStorage::open(kept.path()).expect("the directory"));
    let seen = Seen::default();
    let slow = Slow { files, seen: seen.clone(), names: vec![] };
    run(Checkpoint::new(slow).snapshot_after(4), results.path(), |_| ()).expect("a slow disk is no error");
    assert!(!seen.stalled.load(SeqCst), "no batch was committed while the snapshot was written");
    assert!(seen.snapshots.load(SeqCst) >= 1, "there was no snapshot");
    check(results.path());
}
