//! A pipeline bound to its settings: it runs, stops and tells what it does.

#[allow(missing_docs)]
pub(crate) mod at_most_once;
pub(crate) mod carry;
mod checkpoint;
#[allow(missing_docs)]
pub(crate) mod chunks;
mod clock;
mod comeback;
mod commits;
mod committer;
pub(crate) mod drive;
mod durable;
#[cfg(test)]
mod durable_tests;
mod events;
pub(crate) mod executor;
mod explain;
#[allow(missing_docs)]
pub(crate) mod failure;
mod freezing;
pub(crate) mod futures;
mod grouping;
// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod input;
#[cfg(feature = "cli")]
pub(crate) mod inspect;
mod isolation;
mod leaves;
mod lock;
mod names;
#[allow(missing_docs)]
pub(crate) mod output;
mod patience;
pub mod rate;
pub(crate) mod received;
mod recovered;
mod report;
mod running;
mod savepoint;
mod settings;
mod signals;
mod skew;
#[allow(missing_docs)]
pub(crate) mod turn;
mod warning;
mod watchdog;
mod waves;
pub(crate) mod work;

pub use checkpoint::Checkpoint;
pub use clock::{Clock, SystemClock};
pub use events::{BatchStage, Counters};
pub use explain::{Plan, Root, SegmentInfo, StageInfo, Step};
pub use report::{EndedBy, Progress, Report, Snapshots};
pub use running::{Running, Status};
pub use settings::{Delivery, Settings};
pub use warning::{HotKey, Straggler, Warning};

use crate::Error;
use crate::state::Slots;
use events::Observer;
use rate::{Rate, RateControl};
use settings::Listener;
use std::sync::Arc;
use std::time::Duration;
use turn::{Failure, Turn};

/// A pipeline bound to its settings. The value of `stream!`.
///
/// `S` are the slots of the pipeline, one public field a label; `F` is its compiled body.
///
/// ```
/// # use streamflow::{stream, source};
/// let mut doubled = Vec::new();
/// let job = stream! { source::vec(vec![1, 2, 3]) -> map(|n| n * 2) -> &mut doubled };
/// let report = job.threads(1).run()?;
/// assert_eq!(report.records, 3);
/// assert_eq!(doubled, [2, 4, 6]);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[must_use = "a job does nothing until it is run or started"]
pub struct Job<S, F> {
    plan: Plan,
    settings: Settings,
    parts: Parts<S, F>,
}

impl<S, F> Job<S, F>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    #[doc(hidden)]
    pub fn __new(plan: Plan, settings: Settings, slots: S, body: F) -> Self {
        Job { plan, settings, parts: Parts { slots, body } }
    }

    /// Runs the pipeline on this thread until its input ends, or until Ctrl-C or SIGTERM, which finish the batch.
    ///
    /// # Errors
    /// What a source or sink reports, a setting that makes no sense, or the panic of a closure with its stage, partition and record. The
    /// batch that failed is taken back.
    pub fn run(self) -> Result<Report, Error> {
        run(self.plan, self.settings, Box::new(self.parts))
    }

    /// Runs the pipeline on a thread of its own and gives a handle to watch and stop it. Signals are left to the program.
    ///
    /// # Errors
    /// If the thread cannot be started.
    pub fn start(mut self) -> Result<Running, Error>
    where
        S: Send + 'static,
        F: Send + 'static,
    {
        let control = Arc::new(drive::Control::default());
        let name = self.settings.name.clone();
        self.settings.has_handle = true;
        let view = self.settings.checkpoint.as_ref().map(Checkpoint::view).transpose()?;
        Running::spawn(&name, control.clone(), view, move || self.bind(control)?.run())
    }

    /// For a test that runs it step by step: no thread is started that the test has not asked for.
    pub(crate) fn step_by_step(mut self) -> Self {
        if self.settings.pool.is_none() {
            self.settings.threads.get_or_insert(1);
        }
        self.settings.by_step = true;
        self
    }

    /// The loop over the batches of this job, before the first one.
    pub(crate) fn bind<'j>(self, control: Arc<drive::Control>) -> Result<drive::Loop<'j>, Error>
    where
        S: 'j,
        F: 'j,
    {
        bind(self.plan, self.settings, control, Box::new(self.parts))
    }

    /// What the pipeline does: segments, exchanges, state and labels, delivery. Reads nothing and opens nothing.
    ///
    /// ```
    /// # use streamflow::{sink, source, stream};
    /// let mut job = stream! {
    ///     source::vec(vec!["a", "b", "a"]) -> key_by(|letter| *letter) -> count() as letters -> sink::stdout()
    /// };
    /// let plan = job.explain();
    /// assert!(plan.contains("state `letters`: string -> u64"));
    /// assert!(plan.contains("to standard output"));
    /// ```
    pub fn explain(&mut self) -> String {
        explain::explain(&self.plan, &self.settings, &mut self.parts)
    }

    /// What `streamflow.lock` says about the state of this job: by label the operator, and the types of keys and values. Reads nothing and
    /// opens nothing.
    ///
    /// ```
    /// # use streamflow::{sink, source, stream};
    /// let mut job = stream! {
    ///     #![name = "letters"]
    ///     source::vec(vec!["a", "b", "a"]) -> key_by(|letter| *letter) -> count() as letters -> sink::discard()
    /// };
    /// let lock = job.lock()?;
    /// assert_eq!(lock, "\n[\"letters\".\"letters\"]\nkept_by = \"count\"\nvalues = \"(string, u64)\"\n");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// # Errors
    /// A pipeline whose stages cannot be described, as at a start.
    pub fn lock(&mut self) -> Result<String, Error> {
        lock::text(&self.plan, &self.settings, &mut self.parts)
    }

    /// Writes what [`lock`](Job::lock) says into `streamflow.lock`, beside the `Cargo.toml` of the crate that the pipeline stands in; what the
    /// file holds of other jobs stays. From then on a change of the pipeline that could not read this state does not compile (SF0515).
    ///
    /// A job with a checkpoint directory does so when it starts and the variable `STREAMFLOW_LOCK` is `update`. A file that says so already is
    /// left alone.
    ///
    /// # Errors
    /// A pipeline without a name, a program whose sources are not on this machine, a file that cannot be written.
    pub fn update_lock(&mut self) -> Result<(), Error> {
        let text = self.lock()?;
        lock::update(&self.settings, &text)
    }

    /// How many threads work on a batch, this one included. Default: all cores.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = Some(threads);
        self
    }

    /// Works on a pool that others may use too, beside the thread that runs the job.
    pub fn pool(mut self, pool: Arc<rayon::ThreadPool>) -> Self {
        self.settings.pool = Some(pool);
        self
    }

    /// About how many bytes of input a batch takes at most. Default: 4 MiB.
    pub fn batch_bytes(mut self, bytes: usize) -> Self {
        self.settings.batch_bytes = bytes;
        self
    }

    /// Forms a batch every so often, Spark's fixed interval, instead of as soon as there are records.
    pub fn batch_every(mut self, interval: Duration) -> Self {
        self.settings.batch_every = Some(interval);
        self
    }

    /// About how many bytes of input a task takes. Default: 64 KiB.
    pub fn chunk_bytes(mut self, bytes: usize) -> Self {
        self.settings.chunk_bytes = bytes;
        self
    }

    /// Keeps the state of the job in a directory, so that it goes on where it was after any end: `kill -9`, a loss of power, a new
    /// version of the program.
    ///
    /// Each batch is made durable by one write and one `fdatasync`: how far sources have been read, what has changed in the
    /// state, and the results for sinks that take them from the log. A directory belongs to one job; a second process is refused.
    ///
    /// ```
    /// # use streamflow::{sink, source, stream};
    /// let directory = tempfile::tempdir()?;
    /// let run = |words: &[&'static str]| {
    ///     let counts = sink::collect();
    ///     stream! {
    ///         source::vec(words.to_vec()) -> key_by(|word| *word) -> count() as words
    ///             -> map(|row| (row.key.to_owned(), row.value)) -> counts.clone()
    ///     }
    ///     .checkpoint(directory.path())
    ///     .run()?;
    ///     let mut rows = counts.take();
    ///     rows.sort();
    ///     Ok::<_, streamflow::Error>(rows)
    /// };
    /// assert_eq!(run(&["a", "b"])?, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
    /// // the next start reads what is new
    /// assert_eq!(run(&["a", "b", "a"])?, [("a".to_owned(), 2)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`run`](Job::run) and [`start`](Job::start) refuse a directory that another process holds, one that is damaged, and state that
    /// does not fit this pipeline, in words.
    pub fn checkpoint(mut self, checkpoint: impl Into<Checkpoint>) -> Self {
        self.settings.checkpoint = Some(checkpoint.into());
        self
    }

    /// Gives up what the checkpoint holds of a label that no stage has any more, or whose stage cannot go on from it: it is another
    /// operator now, with other windows, or its key or type has changed too much. Without this such a job does not start.
    ///
    /// State that its stage can go on from is kept. So this may stay in the program; what was given up is gone from the directory with the
    /// next snapshots.
    ///
    /// ```
    /// # use streamflow::{sink, source, stream};
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let numbers = || source::vec(vec![1u64, 2, 3]);
    /// stream! { numbers() -> sum() as total -> sink::discard() }.checkpoint(directory).run()?;
    /// // the sum is not wanted any more
    /// let job = || stream! { numbers() -> count() as numbers -> sink::discard() }.checkpoint(directory);
    /// assert!(job().run().is_err());
    /// job().drop_state("total").run()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drop_state(mut self, label: impl Into<String>) -> Self {
        self.settings.dropped.push(label.into());
        self
    }

    /// Where the job reads the time from. Default: the system clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }

    /// The seed of the key hash. Default: random, so that whoever sends the keys cannot predict it. It decides the shard of a key,
    /// not the order of rows within one.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = Some(seed);
        self
    }

    /// Whether [`run`](Job::run) finishes on Ctrl-C and SIGTERM. Default: yes. A second signal ends the process at once.
    pub fn signals(mut self, watch: bool) -> Self {
        self.settings.signals = watch;
        self
    }

    /// How long [`run`](Job::run) may take to finish its batch and to deliver it when a signal has asked it to stop. Default: 25 seconds, just
    /// less than what Kubernetes gives a process. Then the process ends with exit code 75, "try again". With a checkpoint directory
    /// that loses nothing: the next start goes on from the last commit, as after any other end.
    pub fn stop_within(mut self, deadline: Duration) -> Self {
        self.settings.stop_within = deadline;
        self
    }

    /// Calls `listener` with what somebody should look at while the job runs: a part of a batch that takes much longer than usual, with its
    /// stages, while it does so; a key that most records of a stage have. Each is told once. The report has them too.
    ///
    /// ```
    /// # use streamflow::{stream, source, sink};
    /// let job = stream! {
    ///     source::generate_unpaced(|n| n)
    ///         -> key_by(|n| if n % 2 == 0 { 0 } else { n % 1000 })
    ///         -> update_state(|_key, numbers, count: &mut Option<usize>| *count = Some(count.unwrap_or(0) + numbers.len())) as counts
    ///         -> sink::discard()
    /// };
    /// let (sender, warnings) = std::sync::mpsc::channel();
    /// let running = job.threads(2).on_warning(move |warning| drop(sender.send(warning.to_string()))).start()?;
    /// let warning = warnings.recv().expect("a warning");
    /// assert!(warning.contains("of the records of `update_state as counts` have the key 0"), "{warning}");
    /// running.stop();
    /// assert_eq!(running.wait()?.hot_keys[0].key, "0");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// A closure of one stage may run on any of the threads, and stages of one loop are one function: what is told are the stages of
    /// the loop, and its block.
    ///
    /// # Cost
    /// A thread that looks a few times a second. Whether anybody listens or not: for each block, of about 64 KiB, two looks at the clock; on several
    /// threads, of each 64th record that crosses an exchange its hash.
    ///
    /// # Failure
    /// It is called on the thread of the job or on that which watches it, one call at a time, and should return soon: the job waits for
    /// it. One that panics is not called again.
    pub fn on_warning(mut self, listener: impl FnMut(&Warning) + Send + 'static) -> Self {
        self.settings.warned = Some(Arc::new(warning::Listener::new(listener)));
        self
    }

    /// How long a part of a batch takes at least before it is a [`Straggler`]. Default: one second. It is one if it also takes ten times as
    /// long as the median of the last ones.
    pub fn slow_after(mut self, limit: Duration) -> Self {
        self.settings.slow_after = limit;
        self
    }

    /// Calls `listener` after every batch, on the thread that runs the job.
    pub fn on_progress(mut self, listener: impl FnMut(&Progress) + Send + 'static) -> Self {
        self.settings.listener = Some(Listener(Box::new(listener)));
        self
    }

    /// Takes at most so many records a second. Needs a fixed interval between batches: each takes what its interval allows, and
    /// what a source has beyond that waits in the source.
    ///
    /// Sources are asked for bytes. What a record takes is averaged over the blocks before; the first block of a job is
    /// asked for as if a record took one byte, so it is small. A batch may exceed its share by the last block's difference to that
    /// average.
    ///
    /// ```
    /// # use streamflow::{stream, source, sink};
    /// let job = stream! {
    ///     #![batch(every = 10ms)]
    ///     source::vec((0..100).collect()) -> map(|n| n + 1) -> sink::discard()
    /// };
    /// let report = job.rate_limit(5_000.0).run()?;   // 50 a batch
    /// assert!(report.batches >= 2);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    pub fn rate_limit(mut self, records_per_second: f64) -> Self {
        self.settings.rate = Some(Rate::Fixed(records_per_second));
        self
    }

    /// As [`rate_limit`](Job::rate_limit), with a rate that follows how fast batches are processed: Spark's back-pressure.
    ///
    /// A batch that takes longer than the interval, or begins late because the one before it did, lowers the rate of the next; one
    /// that is done early raises it. A number is the first rate with all else left at its default.
    pub fn rate_control(mut self, control: impl Into<RateControl>) -> Self {
        self.settings.rate = Some(Rate::Controlled(control.into()));
        self
    }

    /// Calls `observer` three times for each batch, on the thread that runs the job: when it has been formed, when it starts and
    /// when it is done.
    ///
    /// ```
    /// # use streamflow::{stream, source, sink, BatchStage};
    /// let (sender, events) = std::sync::mpsc::channel();
    /// let job = stream! { source::vec(vec!["a", "b"]) -> sink::discard() };
    /// job.on_batch(move |stage, counters| {
    ///     let _ = sender.send((stage, counters.received, counters.processed));
    /// })
    /// .run()?;
    /// let events: Vec<_> = events.iter().collect();
    /// assert_eq!(events, [(BatchStage::Submitted, 0, 0), (BatchStage::Started, 2, 0), (BatchStage::Completed, 2, 2)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    pub fn on_batch(mut self, observer: impl FnMut(BatchStage, &Counters) + Send + 'static) -> Self {
        self.settings.observer = Some(Observer(Box::new(observer)));
        self
    }
}

/// The slots of a pipeline and its compiled body.
struct Parts<S, F> {
    slots: S,
    body: F,
}

/// What the loop sees of a pipeline, types forgotten: it is compiled once for all pipelines.
pub(crate) trait Body {
    fn turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure>;
    fn slots(&mut self) -> &mut dyn Slots;
}

// What follows knows no type of a pipeline, so it is compiled once for all jobs.

fn run(plan: Plan, settings: Settings, body: Box<dyn Body + '_>) -> Result<Report, Error> {
    let control = Arc::new(drive::Control::default());
    let _watch = settings.signals.then(|| signals::watch(&control, settings.stop_within)).transpose()?;
    bind(plan, settings, control, body)?.run()
}

fn bind<'j>(
    plan: Plan,
    settings: Settings,
    control: Arc<drive::Control>,
    mut body: Box<dyn Body + 'j>,
) -> Result<drive::Loop<'j>, Error> {
    settings.check()?;
    if settings.checkpoint.is_some() && lock::asked()? {
        let text = lock::text(&plan, &settings, &mut *body)?;
        lock::update(&settings, &text)?;
    }
    drive::Loop::new(plan, settings, control, body)
}

impl<S, F> Body for Parts<S, F>
where
    S: Slots,
    F: FnMut(&mut Turn<'_>, &mut S) -> Result<(), Failure>,
{
    fn turn(&mut self, turn: &mut Turn<'_>) -> Result<(), Failure> {
        (self.body)(turn, &mut self.slots)
    }
    fn slots(&mut self) -> &mut dyn Slots {
        &mut self.slots
    }
}
