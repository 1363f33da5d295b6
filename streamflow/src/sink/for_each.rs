//! Results for the user's own code.

use super::{BatchInfo, Sink};
use crate::{Error, ErrorKind};
use std::error;

/// Calls a closure with the results of every batch that has any. The closure returns nothing, or a `Result`
/// whose error ends the job.
///
/// ```
/// use streamflow::sink;
///
/// let mut largest = 0;
/// let counts = sink::for_each_batch(|batch, rows: Vec<(String, u64)>| {
///     assert!(batch.epoch > 0);
///     largest = rows.iter().map(|(_, count)| *count).fold(largest, u64::max);
/// });
/// ```
///
/// The batch tells its number, the epoch, and its time. Within a run the epoch names the batch: it grows by one from batch to batch.
///
/// The sink is made once and its closure sees one item type, so what borrows from a batch cannot be given to
/// it: put a `map` that makes owned values (`map(str::to_owned)`) before it.
///
/// # Order
/// Batches by epoch, rows in the order of the input. The closure runs on the thread of the job.
///
/// # Failure
/// An [`Error`] of this library ends the job as it is; any other becomes the cause of one of kind
/// [`ErrorKind::Sink`].
///
/// # After a crash
/// At least once: the closure is called before the batch is committed, and may be called again for a batch with the same epoch. What
/// it writes should stand the repetition: an upsert, or a note of the epoch in the same transaction.
// `R: Outcome` is asked by `Sink` alone: asked here as well, a closure that returns something else would be two errors
#[must_use]
pub fn for_each_batch<T, R, F>(closure: F) -> ForEachBatch<F>
where
    T: Send,
    F: FnMut(BatchInfo, Vec<T>) -> R,
{
    ForEachBatch { closure, empty: false }
}

/// Calls a closure with every result. The closure returns nothing, or a `Result` whose error ends the job.
///
/// ```
/// use std::sync::mpsc;
/// use streamflow::sink;
///
/// let (sender, receiver) = mpsc::channel();
/// let alerts = sink::for_each(move |alert: String| sender.send(alert));
/// # drop((alerts, receiver));
/// ```
///
/// Items, order and failure are as with [`for_each_batch`], and so is what happens after a crash.
#[must_use]
pub fn for_each<T, R, F>(closure: F) -> ForEach<F>
where
    T: Send,
    F: FnMut(T) -> R,
{
    ForEach { closure }
}

/// The sink of [`for_each_batch`].
#[derive(Clone, Debug)]
pub struct ForEachBatch<F> {
    closure: F,
    empty: bool,
}

impl<F> ForEachBatch<F> {
    /// Calls the closure for batches without results as well.
    #[must_use]
    pub fn with_empty_batches(self) -> Self {
        ForEachBatch { empty: true, ..self }
    }
}

/// The sink of [`for_each`].
#[derive(Clone, Debug)]
pub struct ForEach<F> {
    closure: F,
}

/// What the closure of a sink may return: nothing, or a `Result` with any error.
#[diagnostic::on_unimplemented(
    message = "the closure of this sink returns `{Self}`",
    label = "this sink takes closures that return `()` or a `Result<(), _>`",
    note = "end the closure with a semicolon, or with `Ok(())` when it may fail"
)]
pub trait Outcome {
    /// The outcome as a result.
    ///
    /// # Errors
    /// What the closure returned as an error.
    fn into_result(self) -> Result<(), Box<dyn error::Error + Send + Sync>>;
}

impl Outcome for () {
    fn into_result(self) -> Result<(), Box<dyn error::Error + Send + Sync>> {
        Ok(())
    }
}

impl<E: Into<Box<dyn error::Error + Send + Sync>>> Outcome for Result<(), E> {
    fn into_result(self) -> Result<(), Box<dyn error::Error + Send + Sync>> {
        self.map_err(Into::into)
    }
}

fn check(outcome: impl Outcome, sink: &str) -> Result<(), Error> {
    outcome.into_result().map_err(|cause| match cause.downcast::<Error>() {
        Ok(error) => *error,
        Err(cause) => Error::new(ErrorKind::Sink, format!("the closure of `{sink}` returned an error")).because(cause),
    })
}

impl<T, R, F> Sink<T> for ForEachBatch<F>
where
    T: Send,
    R: Outcome,
    F: FnMut(BatchInfo, Vec<T>) -> R,
{
    type Part = Vec<T>;

    fn name(&self) -> String {
        "a closure for each batch".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        let rows: Vec<T> = parts.into_iter().flatten().collect();
        if rows.is_empty() && !self.empty {
            return Ok(());
        }
        check((self.closure)(batch, rows), "for_each_batch")
    }
}

impl<T, R, F> Sink<T> for ForEach<F>
where
    T: Send,
    R: Outcome,
    F: FnMut(T) -> R,
{
    type Part = Vec<T>;

    fn name(&self) -> String {
        "a closure for each result".to_owned()
    }

    fn part(&self) -> Vec<T> {
        Vec::new()
    }

    fn push(part: &mut Vec<T>, item: T) {
        part.push(item);
    }

    fn deliver(&mut self, _batch: BatchInfo, parts: Vec<Vec<T>>) -> Result<(), Error> {
        parts.into_iter().flatten().try_for_each(|row| check((self.closure)(row), "for_each"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sink::testing::deliver;
    use std::error::Error as _;

    #[test]
    fn the_closure_sees_every_batch_that_has_rows() {
        let mut seen = Vec::new();
        let mut sink = for_each_batch(|batch, rows: Vec<u32>| seen.push((batch.epoch, rows)));
        deliver(&mut sink, 0, [vec![], vec![]]).expect("taken");
        deliver(&mut sink, 1, [vec![1], vec![2, 3]]).expect("taken");
        assert_eq!(seen, [(1, vec![1, 2, 3])]);
    }

    #[test]
    fn empty_batches_where_asked_for() {
        let mut seen = Vec::new();
        let mut sink = for_each_batch(|batch, rows: Vec<u32>| seen.push((batch.epoch, rows))).with_empty_batches();
        deliver(&mut sink, 1, [vec![], vec![]]).expect("taken");
        assert_eq!(seen, [(1, vec![])]);
    }

    #[test]
    fn the_closure_sees_every_row_and_may_fail() {
        let mut seen = Vec::new();
        let mut sink = for_each(|row: i32| {
            seen.push(row);
            if row < 0 { Err("negative") } else { Ok(()) }
        });
        let error = deliver(&mut sink, 1, [vec![1], vec![-1, 2]]).expect_err("failed");
        assert_eq!(error.kind(), ErrorKind::Sink);
        assert_eq!(error.source().expect("the cause").to_string(), "negative");
        assert_eq!(seen, [1, -1], "nothing is delivered after a failure");
    }

    #[test]
    fn an_error_of_the_library_is_passed_on_as_it_is() {
        let mut sink = for_each_batch(|_, _: Vec<u8>| Err(Error::new(ErrorKind::Closed, "enough")));
        let error = deliver(&mut sink, 1, [vec![1]]).expect_err("failed");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Closed, "enough"));
    }
}
