//! A property test for a whole pipeline in one line: however the input is cut, the result is the same.

mod arrangement;
mod oracle;
mod outcome;
mod shrink;
mod sources;

use self::arrangement::{ALWAYS, Arrangement};
use self::oracle::Question;
pub use self::oracle::{Model, Oracle, Reference};
use self::outcome::{Any, Last, Ordered, Outcome, Rows};
pub use self::sources::{One, Sources, Two};
use super::driver::{self, Driver};
use super::random::Random;
use crate::__private::{Failure, Turn};
use crate::commit::MemoryStorage;
use crate::sink::{Collect, collect};
use crate::state::Slots;
use crate::{Checkpoint, Error, Job, Report};
use rayon::ThreadPool;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::hash_map::RandomState;
use std::fmt::{self, Debug};
use std::hash::BuildHasher;
use std::sync::Arc;

/// Checks that what a pipeline concludes does not depend on how its input is cut into blocks and batches, on the order in which
/// partitions are read, or on threads.
///
/// ```
/// # use streamflow::{Timestamp, stream, testing::check};
/// let readings: Vec<(i64, &str)> = (0..40).map(|n| (n * 3 % 50, if n % 4 == 0 { "a" } else { "b" })).collect();
/// check(readings).partitions(3).cases(20).run(|input, out| {
///     stream! {
///         input
///             -> timestamp(|reading| Timestamp::from_secs(reading.0), disorder = 20s)
///             -> key_by(|reading| reading.1)
///             -> window(tumbling(10s))
///             -> count()
///             -> map(|row| (row.key.to_owned(), row.start, row.value))
///             -> out
///     }
/// });
/// ```
///
/// The pipeline runs once as the reference: on one thread, with one record a batch, partitions in turn. Then it runs in other
/// arrangements: batches and blocks of any size, partitions in any order, 1 to 3 threads, another hash seed; and in some of them
/// the job dies after some of its batches, and another one goes on from its checkpoint. All must conclude the same: the rows, the records that were late, and the number of keys that state is left with.
///
/// # How rows are compared
/// [`run`](Check::run): all rows, in any order, which fits windows and pipelines without state. [`run_updates`](Check::run_updates): the
/// last row of each key, which fits running aggregates, since the moments at which those tell what has changed follow the batches.
/// [`run_in_order`](Check::run_in_order): all rows of each key in order. Rows are compared by what `Debug` prints of them.
///
/// # When it fails
/// The test panics and shows the smallest input and cut that were found, what is different, and a seed. With the seed in the environment
/// variable `STREAMFLOW_SEED` the same arrangement is looked at again, alone.
///
/// # What it cannot say
/// Whether the results are right: the reference is the same pipeline. Give it a [`model`](Check::model) of the results for
/// that. A job dies between its batches here, not within one.
pub fn check<T: Clone + Debug + Send + Sync>(records: Vec<T>) -> Check<One<T>> {
    check_partitions(vec![records])
}

/// As [`check`], with the records of each partition. A pipeline may depend on the order within a partition, and on which partition a
/// record is in, but not on the order between partitions.
pub fn check_partitions<T: Clone + Debug + Send + Sync>(partitions: Vec<Vec<T>>) -> Check<One<T>> {
    Check { sources: One(partitions), oracle: Reference, cases: 60, seed: None, empty: false }
}

/// A check that is about to run: see [`check`].
#[derive(Clone, Debug)]
#[must_use = "nothing is checked until `run` or one of its kin is called"]
pub struct Check<I, O = Reference> {
    sources: I,
    oracle: O,
    cases: usize,
    seed: Option<u64>,
    empty: bool,
}

impl<T> Check<One<T>> {
    /// Deals the records out to so many partitions, in turn.
    pub fn partitions(self, partitions: usize) -> Self {
        Check { sources: self.sources.deal(partitions), ..self }
    }

    /// Adds a second source: the pipeline then gets a pair of inputs.
    pub fn and<U: Clone + Debug + Send + Sync>(self, partitions: Vec<Vec<U>>) -> Check<Two<T, U>> {
        Check {
            sources: Two(self.sources, One(partitions)),
            oracle: Reference,
            cases: self.cases,
            seed: self.seed,
            empty: self.empty,
        }
    }
}

impl<I: Sources> Check<I> {
    /// Compares with the rows that a function computes, instead of a run of the same pipeline: then what is checked is that the
    /// results are right. It gets the records of each partition; with [`run_updates`](Check::run_updates) it gives the last rows.
    ///
    /// ```
    /// # use streamflow::{stream, testing::check};
    /// let largest = |records: &Vec<Vec<i64>>| records.concat().into_iter().max().into_iter().collect();
    /// check((0..50).map(|n| n * 7 % 31).collect())
    ///     .partitions(2)
    ///     .model(largest)
    ///     .run_updates(|input, out| stream! { input -> max() -> out }, |_| ());
    /// ```
    pub fn model<R, M: Fn(&I::Records) -> Vec<R>>(self, model: M) -> Check<I, Model<M>> {
        Check { sources: self.sources, oracle: Model(model), cases: self.cases, seed: self.seed, empty: self.empty }
    }
}

impl<I: Sources, O> Check<I, O> {
    /// How many arrangements are looked at. Default: 60.
    pub fn cases(self, cases: usize) -> Self {
        Check { cases, ..self }
    }

    /// Where the arrangements come from. Default: from `STREAMFLOW_SEED`, and without it others in each run.
    pub fn seed(self, seed: u64) -> Self {
        Check { seed: Some(seed), ..self }
    }

    /// A pipeline without any row is taken for a mistake of the test, unless this is said.
    pub fn may_be_empty(self) -> Self {
        Check { empty: true, ..self }
    }

    /// Compares all rows, in any order.
    ///
    /// # Panics
    /// If an arrangement gives something else, or if the pipeline fails.
    #[track_caller]
    pub fn run<R, S, F>(self, job: impl Fn(I::Inputs, Collect<R>) -> Job<S, F>)
    where
        R: Debug + Send,
        O: Oracle<I, R>,
        S: Slots,
        F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    {
        panic_with(self.look(&job, &Any));
    }

    /// Compares the rows of each key, in the order in which they come.
    ///
    /// # Panics
    /// As [`run`](Check::run).
    #[track_caller]
    pub fn run_in_order<R, K, S, F>(self, job: impl Fn(I::Inputs, Collect<R>) -> Job<S, F>, key: impl Fn(&R) -> K)
    where
        R: Debug + Send,
        K: Debug,
        O: Oracle<I, R>,
        S: Slots,
        F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    {
        panic_with(self.look(&job, &Ordered(key)));
    }

    /// Compares the last row of each key.
    ///
    /// ```
    /// # use streamflow::{stream, testing::check};
    /// check((0..50).collect()).partitions(2).cases(10).run_updates(
    ///     |input, out| stream! { input -> key_by(|n| n % 3) -> sum() -> out },
    ///     |row| row.key,
    /// );
    /// ```
    ///
    /// # Panics
    /// As [`run`](Check::run).
    #[track_caller]
    pub fn run_updates<R, K, S, F>(self, job: impl Fn(I::Inputs, Collect<R>) -> Job<S, F>, key: impl Fn(&R) -> K)
    where
        R: Debug + Send,
        K: Debug,
        O: Oracle<I, R>,
        S: Slots,
        F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    {
        panic_with(self.look(&job, &Last(key)));
    }

    /// As [`run`](Check::run), and gives what was found instead of panicking: `None` if all arrangements conclude the same.
    ///
    /// # Errors
    /// If the pipeline fails in the reference run.
    pub fn find<R, S, F>(self, job: impl Fn(I::Inputs, Collect<R>) -> Job<S, F>) -> Result<Option<Found>, Error>
    where
        R: Debug + Send,
        O: Oracle<I, R>,
        S: Slots,
        F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    {
        self.look(&job, &Any)
    }

    fn look<R, S, F>(
        &self,
        job: &impl Fn(I::Inputs, Collect<R>) -> Job<S, F>,
        rows: &impl Rows<R>,
    ) -> Result<Option<Found>, Error>
    where
        R: Debug + Send,
        O: Oracle<I, R>,
        S: Slots,
        F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
    {
        let runner =
            Runner { sources: &self.sources, job, rows, pools: RefCell::default(), rest: std::marker::PhantomData };
        let expect = |arrangement: &Arrangement| {
            let reference = || runner.run(&Arrangement::reference(&arrangement.steps));
            let expected = self.oracle.expect(&self.sources, &Question::new(rows, arrangement, reference))?;
            Ok::<Outcome, Error>(expected.0)
        };
        let lengths = self.sources.lengths();
        let all = Arrangement::of(0, &lengths);
        let expected = expect(&all)?;
        if expected.rows == 0 && !self.empty && !all.steps.is_empty() {
            return Ok(Some(Found::nothing(all.steps.len())));
        }
        for seed in self.seeds() {
            let arrangement = Arrangement::of(seed, &lengths);
            if runner.outcome(&arrangement) != expected {
                let expect = |arrangement: &Arrangement| expect(arrangement).unwrap_or_else(|e| Outcome::failed(&e));
                let smallest = shrink::smallest(arrangement, |smaller| runner.outcome(smaller) != expect(smaller));
                let (expected, found) = (expect(&smallest), runner.outcome(&smallest));
                return Ok(Some(Found::new(seed, &self.sources, &smallest, self.oracle.name(), &expected, &found)));
            }
        }
        Ok(None)
    }

    /// The seeds of the arrangements: the one that is asked for, or those that are always looked at and others.
    fn seeds(&self) -> Vec<u64> {
        if let Some(seed) = std::env::var("STREAMFLOW_SEED").ok().and_then(|text| parse(&text)) {
            return vec![seed];
        }
        let seed = self.seed.unwrap_or_else(|| RandomState::new().hash_one("arrangements"));
        let mut random = Random::new(seed);
        // a check of few cases has others too, and not always the same of those that are always looked at
        let always = (self.cases.div_ceil(2) as u64).min(ALWAYS);
        let others = self.cases - always as usize;
        let always = (0..always).map(|number| (seed.wrapping_add(number)) % ALWAYS);
        // short seeds are easier to copy
        always.chain((0..others).map(|_| random.next() >> 16)).collect()
    }
}

fn parse(seed: &str) -> Option<u64> {
    match seed.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => seed.parse().ok(),
    }
}

#[track_caller]
fn panic_with(found: Result<Option<Found>, Error>) {
    match found {
        Ok(None) => {}
        Ok(Some(found)) => panic!("{found}"),
        Err(error) => panic!("the reference run of the check fails: {error}"),
    }
}

/// Runs the pipeline in one arrangement after the other.
struct Runner<'c, I, J, W, R> {
    sources: &'c I,
    job: &'c J,
    rows: &'c W,
    pools: RefCell<BTreeMap<usize, Arc<ThreadPool>>>,
    rest: std::marker::PhantomData<fn() -> R>,
}

impl<I, J, W, R, S, F> Runner<'_, I, J, W, R>
where
    I: Sources,
    J: Fn(I::Inputs, Collect<R>) -> Job<S, F>,
    W: Rows<R>,
    R: Debug + Send,
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    /// A run that fails has an outcome too: it may fail in one arrangement and not in another.
    fn outcome(&self, arrangement: &Arrangement) -> Outcome {
        self.run(arrangement).unwrap_or_else(|error| Outcome::failed(&error))
    }

    fn run(&self, arrangement: &Arrangement) -> Result<Outcome, Error> {
        let (inputs, out) = (self.sources.open(), collect());
        let clock = driver::first_clock();
        let directory = (arrangement.dies > 0).then(MemoryStorage::new);
        let start = || {
            let job = (self.job)(inputs.clone(), out.clone()).seed(arrangement.hash).batch_bytes(usize::MAX);
            // a small limit makes a wave of every few blocks
            let job = if arrangement.hash % 2 == 1 { job.chunk_bytes(1) } else { job };
            let job = match arrangement.threads {
                1 => job.threads(1),
                threads => job.pool(self.pool(threads)),
            };
            Driver::with_clock(
                match &directory {
                    Some(directory) => {
                        job.checkpoint(Checkpoint::new(directory.clone()).snapshot_after(arrangement.snapshots))
                    }
                    None => job,
                },
                clock.clone(),
            )
        };
        let (mut driver, mut lives) = (start()?, vec![]);
        let mut left: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for step in &arrangement.steps {
            *left.entry((step.source, step.partition)).or_default() += 1;
        }
        for (number, batch) in arrangement.batches().into_iter().enumerate() {
            for block in &batch {
                self.sources.give(&inputs, block.source, block.partition, &block.records);
                let left = left.entry((block.source, block.partition)).or_default();
                *left -= block.records.len();
                if *left == 0 && arrangement.ends_early {
                    self.sources.end(&inputs, block.source, block.partition);
                }
            }
            if driver.ended() {
                break;
            }
            driver.batch()?;
            if arrangement.dies > 0 && (number + 1).is_multiple_of(arrangement.dies) && !driver.ended() {
                // what is not in the directory is lost
                lives.push(driver.report());
                driver.die()?;
                driver = start()?;
            }
        }
        let report = lives.into_iter().fold(driver.finish()?, Report::behind);
        let rows = out.take();
        Ok(Outcome::of_run(self.rows.lines(&rows), rows.len(), &report))
    }

    /// Threads are slow to start; a check has many runs.
    fn pool(&self, threads: usize) -> Arc<ThreadPool> {
        let start = || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads - 1).build();
            Arc::new(pool.unwrap_or_else(|error| panic!("cannot start {threads} threads: {error}")))
        };
        self.pools.borrow_mut().entry(threads).or_insert_with(start).clone()
    }
}

/// An arrangement in which a pipeline concludes something else than in the reference run. Prints as what to look at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// Shows it again, as `STREAMFLOW_SEED`.
    pub seed: u64,
    /// How many records it takes.
    pub records: usize,
    /// How many batches they are cut into.
    pub batches: usize,
    /// On how many threads.
    pub threads: usize,
    text: String,
}

impl Found {
    fn new(
        seed: u64,
        sources: &impl Sources,
        smallest: &Arrangement,
        oracle: &str,
        expected: &Outcome,
        found: &Outcome,
    ) -> Self {
        use fmt::Write;
        let batches = smallest.batches();
        let (records, threads) = (smallest.steps.len(), smallest.threads);
        let mut text = format!(
            "{records} records in {} batches on {threads} threads give something else than {oracle}",
            batches.len()
        );
        // writing to a string does not fail
        for (number, batch) in batches.iter().enumerate() {
            let _ = write!(text, "\n  batch {}: {}", number + 1, sources::words(sources, batch));
        }
        let mut list = |title: &str, lines: Vec<String>| {
            if !lines.is_empty() {
                let _ = write!(text, "\n{title}\n  {}", lines.join("\n  "));
            }
        };
        list(&format!("with {oracle}, but not so:"), expected.beyond(found));
        list(&format!("so, but not with {oracle}:"), found.beyond(expected));
        if expected == found {
            text.push_str("\nthe last run gave the same: the pipeline decides by something else than its input");
        }
        let _ = write!(text, "\nSTREAMFLOW_SEED={seed:#x} shows it again");
        Found { seed, records, batches: batches.len(), threads, text }
    }

    fn nothing(records: usize) -> Self {
        let text = format!(
            "the pipeline gives no rows for its {records} records, so the check would prove nothing; if that is meant, say `.may_be_empty()`"
        );
        Found { seed: 0, records, batches: records, threads: 1, text }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
