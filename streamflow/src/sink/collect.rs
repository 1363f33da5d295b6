//! Results in memory: for tests, and for programs that go on with what a job found.

use super::{BatchInfo, Sink};
use crate::Error;
use std::sync::{Arc, Mutex, MutexGuard};

/// Keeps the results in memory. Give the job a clone and take the results from the other.
///
/// ```
/// use streamflow::sink;
///
/// let words = sink::collect::<String>();
/// let for_the_job = words.clone();
/// // .. run the job with `for_the_job` ..
/// assert!(words.take().is_empty());
/// ```
///
/// What borrows from the batch cannot outlive it: put `map(str::to_owned)` before the sink.
///
/// # Order
/// The order in which the job delivers.
///
/// # Cost
/// Memory for every result until it is taken.
///
/// # After a crash
/// What was not taken is gone with the process; a job that goes on in the same process may give results of its last batch twice.
#[must_use]
pub fn collect<T: Send>() -> Collect<T> {
    Collect { rows: Arc::default() }
}

/// As [`collect`], and keeps apart what the batches delivered.
///
/// ```
/// use streamflow::sink;
///
/// let counts = sink::collect_batches::<(String, u64)>();
/// for (epoch, rows) in counts.take() {
///     assert!(epoch > 0 && !rows.is_empty());
/// }
/// ```
///
/// # After a crash
/// As with [`collect`]; a batch that comes twice has the same epoch.
#[must_use]
pub fn collect_batches<T: Send>() -> CollectBatches<T> {
    CollectBatches { batches: Arc::default() }
}

/// Epoch and rows.
type Batch<T> = (u64, Vec<T>);

/// The sink of [`collect`]. Clones share the results.
#[derive(Debug)]
pub struct Collect<T> {
    rows: Arc<Mutex<Vec<T>>>,
}

/// The sink of [`collect_batches`]. Clones share the results.
#[derive(Debug)]
pub struct CollectBatches<T> {
    batches: Arc<Mutex<Vec<Batch<T>>>>,
}

impl<T> Collect<T> {
    /// What was delivered since the last time.
    #[must_use = "what is taken is gone"]
    pub fn take(&self) -> Vec<T> {
        std::mem::take(&mut *lock(&self.rows))
    }
}

impl<T> CollectBatches<T> {
    /// The batches that were delivered since the last time: epoch and rows. Batches without rows are not
    /// among them.
    #[must_use = "what is taken is gone"]
    pub fn take(&self) -> Vec<(u64, Vec<T>)> {
        std::mem::take(&mut *lock(&self.batches))
    }
}

/// A thread that panicked while it held the lock has left whole rows.
fn lock<T>(rows: &Mutex<T>) -> MutexGuard<'_, T> {
    rows.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

// Not derived: that would ask for `T: Clone`.
impl<T> Clone for Collect<T> {
    fn clone(&self) -> Self {
        Collect { rows: Arc::clone(&self.rows) }
    }
}

impl<T> Clone for CollectBatches<T> {
    fn clone(&self) -> Self {
        CollectBatches { batches: Arc::clone(&self.batches) }
    }
}

impl<T: Send> Sink<T> for Collect<T> {
    type Part = Vec<T>;

    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        lock(&self.rows).extend(parts.into_iter().flatten());
        Ok(())
    }
}

impl<T: Send> Sink<T> for CollectBatches<T> {
    type Part = Vec<T>;

    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        let rows: Vec<T> = parts.into_iter().flatten().collect();
        if !rows.is_empty() {
            lock(&self.batches).push((batch.epoch, rows));
        }
        Ok(())
    }
}

/// Results go to the end of a `Vec` that outlives the job.
///
/// # After a crash
/// As with [`collect`].
impl<T: Send> Sink<T> for &mut Vec<T> {
    type Part = Vec<T>;

    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        self.extend(parts.into_iter().flatten());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;

    #[test]
    fn rows_are_collected_in_order_and_taken_once() {
        let rows = collect();
        let mut sink = rows.clone();
        deliver(&mut sink, 1, [vec![1, 2], vec![], vec![3]]).expect("taken");
        deliver(&mut sink, 2, [vec![4]]).expect("taken");
        assert_eq!(rows.take(), [1, 2, 3, 4]);
        assert_eq!(rows.take(), [0; 0]);
    }

    #[test]
    fn batches_are_kept_apart_and_empty_ones_left_out() {
        let batches = collect_batches();
        let mut sink = batches.clone();
        deliver(&mut sink, 0, [vec![], vec![]]).expect("taken");
        deliver(&mut sink, 1, [vec!["a"], vec!["b"]]).expect("taken");
        deliver(&mut sink, 3, [vec!["c"]]).expect("taken");
        assert_eq!(batches.take(), [(1, vec!["a", "b"]), (3, vec!["c"])]);
    }

    #[test]
    fn a_vec_is_a_sink() {
        let mut rows = vec![0];
        deliver(&mut &mut rows, 1, [vec![1], vec![2]]).expect("taken");
        assert_eq!(rows, [0, 1, 2]);
    }
}
