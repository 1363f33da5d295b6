//! Checkpoint directories of earlier versions, and what jobs of this one give that go on from them.
//!
//! A format that was released is never written again and read for ever. A new one gets a directory beside the others:
//! `STREAMFLOW_BLESS=1` makes the one of [`VERSION`] if it is missing, and changes none.

use crate::world::{Sender, World};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use streamflow::testing::Driver;
use streamflow::{Checkpoint, Error, KeyState, State, Timestamp, source, stream};

/// The directory that is made if it is missing.
const VERSION: &str = "v1";

/// Number, key, second.
type Record = (u64, String, i64);

/// Times are out of order by at most four seconds; now and then nothing happens for a while.
fn records() -> Vec<Record> {
    let second = |n: u64| (n * 2 + n * 7 % 5 + n / 25 * 30) as i64;
    (0..120).map(|n| (n, format!("key {}", n * n % 5), second(n))).collect()
}

#[derive(Clone, Debug, Default, State)]
struct Tally {
    seen: u32,
    last: Option<u64>,
    mean: f64,
    names: Vec<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, State)]
#[state(serde)]
struct Extremes {
    least: Option<(u64, String)>,
    by_second: BTreeMap<i64, u64>,
}

type Feed<'f> = &'f dyn Fn(Driver<'_>) -> Result<(), Error>;

macro_rules! pipeline {
    (|$records:ident, $first:ident, $second:ident, $third:ident| $($pipeline:tt)*) => {
        |records: Vec<Record>, out: [Sender; 3], checkpoint: Checkpoint, feed: Feed<'_>| {
            let ($records, [$first, $second, $third]) = (source::vec(records), out);
            let job = stream! { #![delivery(exactly_once)] $($pipeline)* };
            feed(Driver::new(job.checkpoint(checkpoint).batch_bytes(400).chunk_bytes(200).seed(7))?)
        }
    };
}

type Run = fn(Vec<Record>, [Sender; 3], Checkpoint, Feed<'_>) -> Result<(), Error>;

/// Running results begin with what they are and their key, up to the last `=`.
const JOBS: &[(&str, Run)] = &[
    (
        "aggregates",
        pipeline!(|records, counts_out, tally_out, extremes_out|
            let all = records;
            all -> split {
                counts => key_by(|r| r.1.clone()) -> count() as counts
                    -> map(|row| format!("count of {} = {}", row.key, row.value)) -> counts_out,
                tally => fold(Tally::default(), |tally: &mut Tally, r: Record| {
                    tally.seen += 1;
                    tally.last = Some(r.0);
                    tally.mean += (r.0 as f64 - tally.mean) / f64::from(tally.seen);
                    tally.names.push(r.1);
                    tally.names.dedup();
                }) as tally -> map(|tally| format!("tally = {tally:?}")) -> tally_out,
                extremes => key_by(|r| r.0 % 3) -> fold(Extremes::default(), |extremes: &mut Extremes, r: Record| {
                    *extremes.by_second.entry(r.2 / 10).or_default() += 1;
                    extremes.least.get_or_insert((r.0, r.1));
                }) as extremes -> map(|row| format!("extremes of {} = {:?}", row.key, row.value)) -> extremes_out,
            }
        ),
    ),
    (
        "windows",
        pipeline!(|records, tumbling_out, sliding_out, sessions_out|
            let keyed = records -> timestamp(|r| Timestamp::from_secs(r.2), disorder = 4s) -> key_by(|r| r.1.clone());
            keyed -> split {
                tumbling => window(tumbling(20s)) -> sum(|r| r.0) as tumbling
                    -> map(|row| format!("tumbling from {} of {}: {}", row.start.as_millis(), row.key, row.value))
                    -> tumbling_out,
                sliding => window(sliding(40s, every = 10s)) -> count() as sliding
                    -> map(|row| format!("sliding from {} of {}: {}", row.start.as_millis(), row.key, row.value))
                    -> sliding_out,
                sessions => window(session(15s)) -> max(|r| r.0) as sessions
                    -> map(|row| format!("session from {} of {}: {}", row.start.as_millis(), row.key, row.value))
                    -> sessions_out,
            }
        ),
    ),
    (
        "joins",
        pipeline!(|records, joined_out, visits_out, first_out|
            let timed = records -> timestamp(|r| Timestamp::from_secs(r.2), disorder = 4s);
            let odd = timed -> filter(|r| r.0 % 2 == 1) -> key_by(|r| r.0 / 4);
            timed -> filter(|r| r.0 % 2 == 0) -> key_by(|r| r.0 / 4)
                -> left_join(odd, after = 5s, |even, odd| (even.0, odd.map(|odd| odd.0))) as joined
                -> map(|pair| format!("joined {pair:?}")) -> joined_out;
            timed -> key_by(|r| r.1.clone())
                -> map_with_state(
                    |key, r, visits: &mut KeyState<Tally>| {
                        let mut tally = visits.get().cloned().unwrap_or_default();
                        tally.seen += 1;
                        tally.last = r.map(|r| r.0);
                        visits.update(tally.clone());
                        format!("visits of {key} = {tally:?}")
                    },
                    timeout = unbounded,
                ) as visits
                -> visits_out;
            timed -> dedup(|r| (r.0 % 11, r.1.clone()), within = 30s) as first
                -> map(|r| format!("first {r:?}")) -> first_out
        ),
    ),
];

/// Where results go.
#[derive(Default)]
struct Worlds([World; 3]);

impl Worlds {
    fn senders(&self) -> [Sender; 3] {
        std::array::from_fn(|sink| self.0[sink].sender())
    }
    fn lines(&self) -> Vec<String> {
        self.0.iter().flat_map(World::lines).collect()
    }
}

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/checkpoints")
}

fn checkpoint(directory: &Path) -> Checkpoint {
    Checkpoint::from(directory).snapshot_after(4)
}

/// Makes a directory of the first half: a snapshot, some records of the log behind it, and a batch that its sink never got.
fn make(run: Run, directory: &Path) -> Vec<String> {
    let worlds = Worlds::default();
    let feed = |mut driver: Driver<'_>| {
        for _ in 0..6 {
            driver.batch()?;
        }
        worlds.0.iter().for_each(World::breaks_down);
        driver.batch()
    };
    run(records(), worlds.senders(), checkpoint(directory), &feed).expect_err("the sinks are gone");
    worlds.lines()
}

/// Goes on from a directory to the end of the input.
fn go_on(run: Run, directory: &Path) -> Vec<String> {
    let worlds = Worlds::default();
    let feed = |driver: Driver<'_>| driver.finish().map(drop);
    run(records(), worlds.senders(), checkpoint(directory), &feed).unwrap_or_else(|error| panic!("{error}"));
    let wrong: Vec<String> = worlds.0.iter().flat_map(World::wrong).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    worlds.lines()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name");
        if name != "LOCK" {
            fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}

/// What is given of the whole input where nothing goes wrong.
fn undisturbed(run: Run) -> Vec<String> {
    let directory = tempfile::tempdir().expect("a directory");
    go_on(run, directory.path())
}

/// The last line of each key of running results; windows as they are.
fn concluded(lines: &[String]) -> Vec<String> {
    let key = |line: &str| line.split_once(" = ").map_or(line, |(key, _)| key).to_owned();
    lines.iter().map(|line| (key(line), line.clone())).collect::<BTreeMap<_, _>>().into_values().collect()
}

fn bless() {
    for (name, run) in JOBS {
        let made = golden().join(VERSION).join(name);
        if made.exists() {
            continue;
        }
        let directory = tempfile::tempdir().expect("a directory");
        let before = make(*run, directory.path());
        copy(directory.path(), &made);
        let mut lines = before;
        let after = go_on(*run, directory.path());
        lines.extend(after.iter().cloned());
        assert_eq!(concluded(&lines), concluded(&undisturbed(*run)), "{name}: this is no example");
        let mut after = after;
        after.sort();
        fs::write(golden().join(VERSION).join(format!("{name}.txt")), after.join("\n") + "\n").expect("written");
    }
}

#[test]
fn checkpoints_of_every_format_are_gone_on_from() {
    if std::env::var_os("STREAMFLOW_BLESS").is_some() {
        bless();
    }
    let versions: Vec<PathBuf> =
        fs::read_dir(golden()).expect("the directories").map(|entry| entry.expect("an entry").path()).collect();
    assert!(!versions.is_empty());
    for version in versions {
        for (name, run) in JOBS {
            let directory = tempfile::tempdir().expect("a directory");
            copy(&version.join(name), directory.path());
            let mut lines = go_on(*run, directory.path());
            lines.sort();
            let expected = fs::read_to_string(version.join(format!("{name}.txt"))).expect("what is to come");
            assert_eq!(lines, expected.lines().collect::<Vec<_>>(), "{name} of {}", version.display());
        }
    }
}
