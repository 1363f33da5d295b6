//! The latest batches, kept for questions.

use super::{BatchInfo, Sink};
use crate::{Error, ErrorKind, Timestamp};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Keeps the results of the batches of the last `keep`, counted back from the latest one. Give the job a clone and ask the other.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use streamflow::{Timestamp, sink, source, stream};
///
/// let recent = sink::recent(Duration::from_secs(3600));
/// assert!(recent.batches().is_err()); // no batch yet
/// stream! { source::vec(vec![1, 2]) -> recent.clone() }.run()?;
/// let now = Timestamp::from(SystemTime::now());
/// let batches = recent.slice(Timestamp::from_secs(0), now)?;
/// assert_eq!(batches[0].1, [1, 2]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// # Order
/// Batches by time, rows in the order of the input. A batch without results is kept as an empty one.
///
/// # Cost
/// Memory for all results of that time; a question clones what it gives.
///
/// # After a crash
/// What was kept is gone with the process; batches since the last commit are kept again, the others are not.
#[must_use]
pub fn recent<T: Clone + Send>(keep: Duration) -> Recent<T> {
    Recent { kept: Arc::default(), keep: crate::window::micros(keep), every: None }
}

/// The sink of [`recent`]. Clones share the batches.
#[derive(Debug)]
pub struct Recent<T> {
    kept: Arc<Mutex<Kept<T>>>,
    keep: i64,
    every: Option<Duration>,
}

#[derive(Debug)]
struct Kept<T> {
    batches: VecDeque<(Timestamp, Vec<T>)>,
    /// A batch has been delivered, if only an empty one.
    started: bool,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Kept { batches: VecDeque::new(), started: false }
    }
}

impl<T: Clone> Recent<T> {
    /// The interval of the batches, as in `#![batch(every = 1s)]`: times of batches and the ends of a slice are rounded down to it.
    #[must_use]
    pub fn every(self, interval: Duration) -> Self {
        Recent { every: Some(interval), ..self }
    }

    /// The batches from one time to another, both included: time and results.
    ///
    /// # Errors
    /// Before the first batch.
    pub fn slice(&self, from: Timestamp, to: Timestamp) -> Result<Vec<(Timestamp, Vec<T>)>, Error> {
        let (from, to) = (self.floor(from), self.floor(to));
        let kept = self.started()?;
        Ok(kept.batches.iter().filter(|batch| (from..=to).contains(&batch.0)).cloned().collect())
    }

    /// All batches that are kept.
    ///
    /// # Errors
    /// Before the first batch.
    pub fn batches(&self) -> Result<Vec<(Timestamp, Vec<T>)>, Error> {
        Ok(self.started()?.batches.iter().cloned().collect())
    }

    fn started(&self) -> Result<MutexGuard<'_, Kept<T>>, Error> {
        let kept = self.lock();
        if kept.started {
            return Ok(kept);
        }
        let error =
            Error::new(ErrorKind::Sink, "the job behind `recent` has not been initialized: there was no batch yet");
        Err(error.help("start the job with a clone of this sink, and ask after its first batch"))
    }
}

impl<T> Recent<T> {
    fn floor(&self, time: Timestamp) -> Timestamp {
        self.every.map_or(time, |every| time.floor(every))
    }

    /// A thread that panicked while it held the lock has left whole batches.
    fn lock(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Recent { kept: Arc::clone(&self.kept), ..*self }
    }
}

impl<T: Clone + Send> Sink<T> for Recent<T> {
    type Part = Vec<T>;

    fn name(&self) -> String {
        "recent batches in memory".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        let time = self.floor(Timestamp::from(batch.time));
        let oldest = time.as_micros().saturating_sub(self.keep);
        let mut kept = self.lock();
        kept.started = true;
        kept.batches.push_back((time, parts.into_iter().flatten().collect()));
        while kept.batches.front().is_some_and(|batch| batch.0.as_micros() <= oldest && batch.0 < time) {
            kept.batches.pop_front();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    /// A batch a second, each a little late, with its number.
    fn filled(keep: u64) -> Recent<u64> {
        let recent = recent(Duration::from_secs(keep)).every(SECOND);
        let mut sink = recent.clone();
        for second in 1..=6 {
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(second * 1000 + 7);
            let rows = if second == 3 { vec![] } else { vec![vec![second], vec![second * 10]] };
            sink.deliver(BatchInfo { epoch: second, time }, rows).expect("taken");
        }
        recent
    }

    #[test]
    fn both_ends_belong_to_a_slice_and_are_rounded_down() {
        let recent = filled(100);
        let slice = |from, to| recent.slice(at(from), at(to)).expect("started");
        assert_eq!(slice(1000, 3000), [(at(1000), vec![1, 10]), (at(2000), vec![2, 20]), (at(3000), vec![])]);
        assert_eq!(slice(1999, 2999), slice(1000, 2000));
        assert_eq!(slice(0, 999), []);
        assert_eq!(slice(5000, 4000), []);
    }

    #[test]
    fn old_batches_are_dropped() {
        let batches = filled(2).batches().expect("started");
        assert_eq!(batches.iter().map(|batch| batch.0).collect::<Vec<_>>(), [at(5000), at(6000)]);
        assert_eq!(filled(0).batches().expect("started").len(), 1, "the latest batch stays");
    }

    #[test]
    fn before_the_first_batch_there_is_no_answer() {
        let error = recent::<u8>(SECOND).slice(at(0), at(1)).expect_err("too early");
        assert!(error.to_string().contains("has not been initialized"), "{error}");
    }
}
