//! How a panic in a user's closure becomes an error with a place, and the place costs nothing where nobody panics.

use super::turn::ChunkInfo;
use crate::state::StoredKey;
use crate::{Error, ErrorKind};
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

thread_local! {
    /// Where the last panic of this thread happened: record and stage.
    static PLACE: Cell<(u64, u32)> = const { Cell::new((0, 0)) };
    /// Records of the chunk that is run next which are left out.
    static LEFT_OUT: RefCell<Vec<u64>> = const { RefCell::new(vec![]) };
    /// The key of the last panic of this thread, where it had one in place of a record.
    static KEY: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A function of the user's runs for a key, and no record has called it. As the tracker it is read by the unwinding path alone.
pub(crate) struct AtKey<'k, K: StoredKey>(&'k K);

impl<'k, K: StoredKey> AtKey<'k, K> {
    #[inline(always)]
    pub fn new(key: &'k K) -> Self {
        AtKey(key)
    }
    #[inline(always)]
    pub fn finish(self) {
        std::mem::forget(self);
    }
}

/// Runs only while a panic unwinds: [`finish`](AtKey::finish) forgets it.
impl<K: StoredKey> Drop for AtKey<'_, K> {
    fn drop(&mut self) {
        let words = self.0.words();
        let place = words.map_or_else(|| "a key whose type cannot be shown".to_owned(), |key| format!("key {key}"));
        KEY.set(Some(place));
    }
}

/// Where a task is: the number of its record and its stage. Costs nothing on the way that does not panic: both
/// are known at each call, and only the unwinding path reads them.
pub struct Tracker {
    record: u64,
    stage: u32,
}

/// The records of a chunk that are left out when it is run again. Apart from the tracker, which must stay as small as it is: with a list
/// in it the fused chain had 0.72 of the hand-written loop in place of 0.92.
pub struct LeftOut {
    records: Vec<u64>,
    seen: usize,
}

impl LeftOut {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        LeftOut { records: LEFT_OUT.with_borrow(Vec::clone), seen: 0 }
    }
    /// Is this record one that is not left out?
    #[inline(always)]
    pub fn takes(&mut self, record: u64) -> bool {
        // both come in ascending order, so one look a record is enough
        let left_out = self.records.get(self.seen) == Some(&record);
        self.seen += usize::from(left_out);
        !left_out
    }
}

impl Tracker {
    /// No stage yet: the source makes the next record.
    pub const SOURCE: u32 = u32::MAX;

    #[inline(always)]
    pub fn at(stage: u32) -> Self {
        Tracker { record: 0, stage }
    }
    #[inline(always)]
    pub fn next(&mut self) {
        self.record += 1;
    }
    #[inline(always)]
    pub fn count(&self) -> u64 {
        self.record
    }
    #[inline(always)]
    pub fn stage(&mut self, stage: u32) {
        self.stage = stage;
    }
    #[inline(always)]
    pub(crate) fn record(&mut self, record: u64) {
        self.record = record;
    }
    /// The work is done; tells how many records there were.
    #[inline(always)]
    pub fn finish(self) -> u64 {
        let records = self.record;
        std::mem::forget(self);
        records
    }
}

/// Runs only while a panic unwinds: [`finish`](Tracker::finish) forgets the tracker.
impl Drop for Tracker {
    #[inline(always)]
    fn drop(&mut self) {
        // the source was making the record behind the last one that it gave
        let record = self.record + u64::from(self.stage == Tracker::SOURCE);
        PLACE.set((record, self.stage));
    }
}

/// Why a batch failed.
#[derive(Debug)]
pub enum Failure {
    /// A closure panicked. The record is counted from 1 within its partition, or within the rows of a state. `key`: it ran for a key,
    /// without a record.
    Panic { stage: u32, source: u32, partition: u32, record: u64, key: Option<String>, message: String, panicked: bool },
    /// A source, sink or setting.
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Error(error)
    }
}

impl Failure {
    /// Runs something that may panic in user code.
    pub(crate) fn catch<R>(chunk: ChunkInfo, run: impl FnOnce() -> R) -> Result<R, Failure> {
        catch(run).map_err(|caught| caught.place(chunk))
    }

    /// A stage failed at this record of a chunk, without a panic.
    pub(crate) fn of_stage(stage: u32, chunk: ChunkInfo, record: u64, message: String) -> Self {
        let ChunkInfo { source, partition, first, .. } = chunk;
        Failure::Panic { stage, source, partition, record: first + record, key: None, message, panicked: false }
    }

    pub(crate) fn into_error(self, stages: &[&'static str], partition: impl FnOnce(u32) -> String) -> Error {
        match self {
            Failure::Error(error) => error,
            Failure::Panic { stage, source: _, partition: of, record, key, message, panicked } => {
                let who = match stages.get(stage as usize) {
                    Some(name) => format!("stage `{name}`"),
                    None => "the source".to_owned(),
                };
                let (kind, verb) =
                    if panicked { (ErrorKind::Panic, "panicked") } else { (ErrorKind::Record, "failed") };
                let error = Error::new(kind, format!("{who} {verb}: {message}"));
                match (key, of, record) {
                    (Some(key), ..) => error.at(key).help(
                        "it was called for a key, not for one record, so none can be left out: make it pass over what it cannot take",
                    ),
                    // a ranking looks at all of them
                    (None, u32::MAX, 0) => error.at("the results of this batch"),
                    (None, u32::MAX, _) => error.at(format!("result {record} of this batch")),
                    (None, ..) => error.at(format!("record {record} of {}", partition(of))),
                }
            }
        }
    }
}

/// A panic with the place inside its chunk.
pub(crate) struct Caught {
    record: u64,
    stage: u32,
    key: Option<String>,
    message: String,
    panicked: bool,
}

impl Caught {
    pub(crate) fn place(self, chunk: ChunkInfo) -> Failure {
        let record = chunk.first + self.record;
        let ChunkInfo { source, partition, .. } = chunk;
        let Caught { stage, key, message, panicked, .. } = self;
        Failure::Panic { stage, source, partition, record, key, message, panicked }
    }
}

pub(crate) fn catch<R>(run: impl FnOnce() -> R) -> Result<R, Caught> {
    // What the closure changed is taken back or dropped with the batch, so nothing broken is seen.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let ((record, stage), key) = (PLACE.get(), KEY.take());
        match payload.downcast::<Refused>() {
            Ok(refused) => Caught { record, stage, key, message: refused.0, panicked: false },
            Err(payload) => Caught { record, stage, key, message: message(payload), panicked: true },
        }
    })
}

/// A record that a stage refuses. It unwinds as a panic does, since that way has the place, but nobody prints it.
struct Refused(String);

/// Ends the task, and the job with it.
#[cold]
pub(crate) fn fail(message: String) -> ! {
    resume_unwind(Box::new(Refused(message)))
}

/// Takes a step that may panic; `None` where it has. What a stage refuses by a policy of its own is no panic.
pub(crate) fn survived<R>(step: impl FnOnce() -> R) -> Option<R> {
    // whoever calls this puts what the step may have changed back
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => Some(result),
        Err(payload) if payload.is::<Refused>() => resume_unwind(payload),
        Err(_) => None,
    }
}

/// What a panic said.
pub(crate) fn message(payload: Box<dyn std::any::Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().copied().unwrap_or("(no message)").to_owned(),
    }
}

/// Runs a chunk again without the records that panic, one more each time: a chunk is a function of its block, so what the others give is the same.
pub(crate) fn without(
    mut result: Result<u64, Caught>,
    panicked: &RefCell<Vec<u32>>,
    again: &mut dyn FnMut() -> Result<u64, Caught>,
) -> Result<u64, Caught> {
    while let Err(caught) = &result {
        // what the source itself cannot give is not left out, nor what a policy of its own stage refuses
        // the records before it have passed, so it is the next one; else leaving it out did not help
        let known = LEFT_OUT.with_borrow(|records| records.last().is_some_and(|last| *last >= caught.record));
        if !caught.panicked || caught.stage == Tracker::SOURCE || known {
            break;
        }
        panicked.borrow_mut().push(caught.stage);
        LEFT_OUT.with_borrow_mut(|records| records.push(caught.record));
        result = again();
    }
    LEFT_OUT.with_borrow_mut(Vec::clear);
    result
}
