//! What a job tells about each batch while it is on its way.

use std::fmt;

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchStage {
    /// It has been formed: its records are received.
    Submitted,
    /// It is being processed.
    Started,
    /// Its results have been delivered.
    Completed,
}

/// How many batches and records there have been, at some moment of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Batches that are formed and wait.
    pub waiting: u64,
    /// Batches that are being processed.
    pub running: u64,
    /// Batches that are done. Those without records count too.
    pub completed: u64,
    /// Records of the batches that have started. A source that cannot count its records before they are processed adds them
    /// when the batch is done.
    pub received: u64,
    /// Records of the batches that are done.
    pub processed: u64,
    /// Records of the batch in work, by source, in the order of the pipeline.
    pub sources: Vec<u64>,
}

impl Counters {
    /// Batches that are not done.
    #[must_use]
    pub fn unprocessed(&self) -> u64 {
        self.waiting + self.running
    }
}

/// What is called for every stage of every batch.
pub(crate) struct Observer(pub Box<dyn FnMut(BatchStage, &Counters) + Send>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// The counters of a job and who is told of them.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub observer: Option<Observer>,
    counters: Counters,
}

impl Events {
    pub fn new(observer: Option<Observer>) -> Self {
        Events { observer, counters: Counters::default() }
    }

    pub fn wanted(&self) -> bool {
        self.observer.is_some()
    }

    /// A batch is formed and begins. `sources`: what each source has given, as far as it can tell.
    pub fn begin(&mut self, sources: Vec<u64>) {
        self.counters.waiting += 1;
        self.counters.sources = vec![];
        self.tell(BatchStage::Submitted);
        self.counters.waiting -= 1;
        self.counters.running += 1;
        self.counters.received += sources.iter().sum::<u64>();
        self.counters.sources = sources;
        self.tell(BatchStage::Started);
    }

    /// The batch is done, with so many records in all batches.
    pub fn complete(&mut self, processed: u64) {
        self.counters.running -= 1;
        self.counters.completed += 1;
        self.counters.processed = processed;
        self.counters.received = self.counters.received.max(processed);
        self.tell(BatchStage::Completed);
    }

    fn tell(&mut self, stage: BatchStage) {
        if let Some(observer) = &mut self.observer {
            (observer.0)(stage, &self.counters);
        }
    }
}
