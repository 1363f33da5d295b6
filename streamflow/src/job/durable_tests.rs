//! Jobs that die behind each batch and go on from their checkpoint, against jobs that live on; and what they write.

use super::Checkpoint;
use super::recovered::lock;
use crate::commit::{Commit, MemoryStorage, Replay, Schemas, Section};
use crate::sink::{Collect, collect};
use crate::state::Slots;
use crate::testing::{Driver, Input, ManualClock, input};
use crate::{__private, Error, Job, Timestamp, stream};
use std::fmt::Debug;
use std::time::Duration;

/// The rows of each batch, the last one by the end of the input, and how many keys state holds behind it; a job that dies does so behind so
/// many batches, and a snapshot is made behind so many; of that so many parts behind a batch, if not all at once.
fn run<T, R, S, F>(
    batches: &[Vec<T>],
    job: &impl Fn(Input<T>, Collect<R>) -> Job<S, F>,
    dies: Option<(usize, u64, Option<usize>)>,
) -> Vec<(Vec<R>, usize)>
where
    T: Clone + Send + Sync,
    R: Send + Ord,
    S: Slots,
    F: FnMut(&mut __private::Turn<'_>, &mut S) -> Result<(), __private::Failure>,
{
    let (records, rows) = (input(), collect());
    let (directory, clock) = (MemoryStorage::new(), ManualClock::at(Duration::from_secs(1_000_000)));
    let start = || {
        let mut job = job(records.clone(), rows.clone()).seed(7);
        if let Some((_, snapshots, parts)) = dies {
            let checkpoint = Checkpoint::new(directory.clone()).snapshot_after(snapshots);
            job = job.checkpoint(parts.into_iter().fold(checkpoint, Checkpoint::__late));
        }
        Driver::with_clock(job, clock.clone()).expect("it starts")
    };
    let taken = |driver: &mut Driver<'_>| {
        let mut taken = rows.take();
        taken.sort();
        (taken, driver.report().state.iter().map(|(_, size)| size.keys).sum())
    };
    let (mut driver, mut all) = (start(), vec![]);
    for (number, batch) in batches.iter().enumerate() {
        records.extend(batch.iter().cloned());
        driver.advance(Duration::from_secs(1));
        driver.batch().expect("no failure");
        all.push(taken(&mut driver));
        if dies.is_some_and(|(every, ..)| (number + 1) % every == 0) {
            driver.die().expect("a snapshot in memory");
            driver = start();
        }
    }
    records.end();
    driver.batch().expect("no failure");
    all.push(taken(&mut driver));
    all
}

fn survives<T, R, S, F>(batches: &[Vec<T>], job: impl Fn(Input<T>, Collect<R>) -> Job<S, F>)
where
    T: Clone + Send + Sync,
    R: Send + Ord + Debug,
    S: Slots,
    F: FnMut(&mut __private::Turn<'_>, &mut S) -> Result<(), __private::Failure>,
{
    let lives = run(batches, &job, None);
    assert!(lives.iter().filter(|(rows, _)| !rows.is_empty()).count() > 1, "it would prove nothing: {lives:?}");
    for dies in [1, 2, 3, 5] {
        for (snapshots, parts) in [(u64::MAX, None), (1, None), (2, None), (1, Some(1)), (2, Some(2))] {
            let dying = run(batches, &job, Some((dies, snapshots, parts)));
            assert_eq!(dying, lives, "dies behind {dies}, snapshots {snapshots}, {parts:?} parts a batch");
        }
    }
}

/// Seconds and keys; every now and then time jumps, so that windows close and keys go.
fn batches() -> Vec<Vec<(i64, String)>> {
    let record = |n: i64| (n * 3 + n / 10 * 40 - n % 3 * 4, format!("key {}", (n * n + n / 7) % 5));
    let records: Vec<_> = (0..60).map(record).collect();
    records.chunks(4).map(<[_]>::to_vec).collect()
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

macro_rules! windows {
    ($kind:ident($($argument:tt)*), $($aggregate:tt)*) => {
        survives(&batches(), |records, rows| stream! {
            records
                -> timestamp(|r: &(i64, String)| Timestamp::from_secs(r.0), disorder = 10s)
                -> key_by(|r| r.1.clone())
                -> window($kind($($argument)*))
                -> $($aggregate)*
                -> map(|row| (row.key.to_owned(), row.start, row.end, row.value))
                -> rows
        })
    };
}

#[test]
fn sessions_go_on() {
    windows!(session(8s), collect(|r| r.0));
    windows!(session(8s, lateness = 15s), collect(|r| r.0));
    windows!(session(8s, emit = changes), collect(|r| r.0));
    windows!(session(gap = |r| seconds(r.0 as u64 % 20)), count());
}

#[test]
fn sessions_that_are_shown_early_go_on() {
    survives(&batches(), |records, rows| {
        stream! {
            records
                -> timestamp(|r: &(i64, String)| Timestamp::from_secs(r.0), disorder = 10s)
                -> key_by(|r| r.1.clone())
                -> window(session(8s, emit = early(2s)))
                -> count()
                -> map(|row| (row.key.to_owned(), row.start, row.end, row.value))
                -> rows
        }
    });
}

#[test]
fn aligned_windows_and_those_of_the_user_go_on() {
    windows!(aligned(9s), collect(|r| r.0));
    windows!(windows(|_, time| [(time, time + seconds(9))]), count());
}

#[test]
fn windows_of_counts_go_on() {
    windows!(counts(3), collect(|r| r.0));
    windows!(counts(4, every = 3), collect(|r| r.0));
    windows!(counts(1, every = 3, gaps = true), collect(|r| r.0));
}

/// Windows of batches in which keys stay that have no record any more.
#[test]
fn keys_that_stay_without_a_record_go_on() {
    survives(&batches(), |records, rows| {
        stream! {
            records
                -> key_by(|r: &(i64, String)| r.1.clone())
                -> window(batches(1, keep_empty = true))
                -> count()
                -> map(|row| (row.key.to_owned(), row.start, row.end, row.value))
                -> rows
        }
    });
}

#[test]
fn rankings_go_on() {
    survives(&batches(), |records, rows| {
        stream! {
            records
                -> key_by(|r: &(i64, String)| r.1.clone())
                // it goes up and down, so members of the ranking give way
                -> fold(0, |value, r| *value = (*value + r.0 * 7) % 50)
                -> top(2, by = |row| (row.value, row.key))
                -> map(|row| (row.key.to_owned(), row.value))
                -> rows
        }
    });
    survives(&batches(), |records, rows| {
        stream! {
            records -> map(|r: (i64, String)| (r.0 * 31 % 97, r.0)) -> top(3, by = |r| *r) -> rows
        }
    });
}

#[test]
fn what_was_seen_stays_seen() {
    survives(&batches(), |records, rows| {
        stream! { records -> map(|r: (i64, String)| (r.1, r.0 / 60)) -> distinct() -> rows }
    });
}

/// The bytes of state in each commit.
#[derive(Default)]
struct Written(Vec<usize>);

impl Replay for Written {
    fn begin(&mut self) -> Result<(), Error> {
        self.0.clear();
        Ok(())
    }
    fn schemas(&mut self, _: &Schemas) -> Result<(), Error> {
        Ok(())
    }
    fn snapshot(&mut self, _: Section) -> Result<(), Error> {
        Ok(())
    }
    fn record(&mut self, commit: &Commit) -> Result<(), Error> {
        // `clicks` is the label of the state
        let state = commit.sections.iter().filter(|section| section.name.starts_with("clicks/"));
        self.0.push(state.map(|section| section.bytes.len()).sum());
        Ok(())
    }
}

/// Of 1,000 keys with an open session three get a record.
#[test]
fn a_batch_of_sessions_writes_what_it_has_changed() {
    let (records, directory) = (input(), MemoryStorage::new());
    let job = stream! {
        records.clone()
            -> timestamp(|r: &(i64, u64)| Timestamp::from_secs(r.0), disorder = 1h)
            -> key_by(|r| r.1)
            -> window(session(10min))
            -> count() as clicks
            -> crate::sink::for_each(|_| ())
    };
    let mut driver = Driver::new(job.checkpoint(directory.clone())).expect("it starts");
    records.extend((0..1_000).map(|key| (10, key)));
    driver.batch().expect("no failure");
    records.extend([(10, 7), (5, 8), (2_000, 9)]);
    driver.batch().expect("no failure");
    driver.die().expect("no snapshot");
    let mut written = Written::default();
    lock(&directory.into(), "", 7).expect("nobody holds it").read(&mut written, None).expect("it is whole");
    let [all, three] = written.0[..] else { panic!("two commits: {:?}", written.0) };
    assert!(all > 30_000, "{all} bytes");
    assert!((100..500).contains(&three), "{three} bytes");
}
