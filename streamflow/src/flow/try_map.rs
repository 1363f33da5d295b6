//! `try_map`: a function that may fail, and what becomes of the records that do.

use super::proof::{Asked, No, Nothing, Yes};
use super::{Flow, Plain, Stage, Untimed};
use crate::job::turn::{ChunkInfo, Failure, Rows, Turn, chunks, fail, message};
use crate::state::{SlotApi, SlotSize};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Turns each record into another one by a function that may fail.
    ///
    /// What becomes of a record that fails:
    /// * nothing said: the job ends with an error that names the stage, the place and the reason; its batch is taken back;
    /// * `on_error = skip`: it is left out and counted in [`Report::failed`](crate::Report::failed);
    /// * a stream `errors(label)`: it goes there as a [`Failed`], with its place and the reason.
    ///
    /// `retries = 3, backoff = 10ms` calls the function again before that, after 10, 20 and 40 milliseconds; the record must
    /// be `Clone`.
    ///
    /// ```
    /// # use streamflow::{stream, source};
    /// let (mut numbers, mut bad) = (Vec::new(), Vec::new());
    /// stream! {
    ///     source::vec(vec!["1", "two", "3"])
    ///         -> try_map(|text| text.parse::<u64>()) as parsed
    ///         -> &mut numbers;
    ///     errors(parsed)
    ///         -> map(|failed| format!("{} of {}: {:?}: {}", failed.number, failed.partition, failed.record, failed.error))
    ///         -> &mut bad;
    /// }
    /// .run()?;
    /// assert_eq!(numbers, [1, 3]);
    /// assert_eq!(bad, ["2 of memory 0: \"two\": invalid digit found in string"]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a function that gives a `Result` whose error can be shown. For `errors(label)` a record that is `Clone` and `Send`: it is copied
    /// before each call, which costs nothing for what borrows from the batch. **Gives** a stream without key; timestamps stay.
    ///
    /// **State and cost:** a counter. The function is called inside the fused loop. A panic of it is caught and is a failure of this record
    /// alone.
    ///
    /// **Order:** kept. **Failure:** as said. A retry waits in its task, which delays the batch.
    ///
    /// **Related:** [`map`](Flow::map), [`filter_map`](Flow::filter_map). Flink: side outputs; Kafka Streams: `DeserializationExceptionHandler`.
    pub fn try_map<R, F: Fn(T) -> R + Sync>(self, function: F) -> (Asked<TryStage<F>, R>, Tried<Time>) {
        (Asked::new(TryStage { function: Stage::new(function), skips: false, again: Once }), Tried(PhantomData))
    }
}

/// What stands behind `try_map` until it is known what its function gives.
pub struct Tried<Time>(PhantomData<fn() -> Time>);

/// What the function of `try_map` gives.
#[diagnostic::on_unimplemented(
    message = "`try_map` needs a function that gives a `Result`, but it gives `{Self}`",
    label = "this function does not say whether it failed",
    note = "a function that cannot fail is for `map`; one that gives an `Option` is for `filter_map`"
)]
pub trait Fallible {
    /// What is given where it does not fail.
    type Value;
    /// Why it fails.
    type Error;
    #[doc(hidden)]
    fn result(self) -> Result<Self::Value, Self::Error>;
}

impl<U, E> Fallible for Result<U, E> {
    type Value = U;
    type Error = E;
    #[inline(always)]
    fn result(self) -> Self {
        self
    }
}

/// An error that can be shown; see `proof.rs` for the two implementations.
#[diagnostic::on_unimplemented(
    message = "the error `{Self}` cannot be shown, so it must implement `Display`",
    label = "this function gives an error that nobody could read",
    note = "turn it into text: `.map_err(|error| format!(..))`"
)]
pub trait Shown<M> {
    /// `Of<W>` is `W`.
    type Of<W>;
    #[doc(hidden)]
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<E: fmt::Display + Send> Shown<Yes> for E {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}
impl<E: fmt::Display + Send + Nothing> Shown<No> for E {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}

/// The stage of `try_map` and the stream behind it.
pub type Attempted<C, R, Time, M> =
    <<R as Fallible>::Error as Shown<M>>::Of<(C, Flow<<R as Fallible>::Value, Plain, Time>)>;

pub fn fallible<C, R: Fallible, Time, M>(stage: Asked<C, R>, _: Tried<Time>) -> Attempted<C, R, Time, M>
where
    R::Error: Shown<M>,
{
    R::Error::of((stage.into_stage(), Flow::NEW))
}

/// The function of `try_map` and its policy.
pub struct TryStage<F, A = Once> {
    function: Stage<F>,
    skips: bool,
    again: A,
}

/// A record is tried once.
pub struct Once;

/// A record is tried again, after a pause that doubles each time.
pub struct Again {
    retries: u32,
    backoff: Duration,
}

impl<F, A> TryStage<F, A> {
    /// The option `on_error = fail`.
    #[must_use]
    pub fn on_error_fail(self) -> Self {
        self
    }
    /// The option `on_error = skip`.
    #[must_use]
    pub fn on_error_skip(self) -> Self {
        TryStage { skips: true, ..self }
    }
}

impl<F> TryStage<F> {
    /// The option `retries`.
    #[must_use]
    pub fn retries(self, retries: &u32) -> TryStage<F, Again> {
        let again = Again { retries: *retries, backoff: Duration::ZERO };
        TryStage { function: self.function, skips: self.skips, again }
    }
}

impl<F> TryStage<F, Again> {
    /// The option `backoff`.
    #[must_use]
    pub fn backoff(mut self, backoff: &Duration) -> Self {
        self.again.backoff = *backoff;
        self
    }
}

/// How often a record is tried.
pub trait Tries<T> {
    fn attempt<V, E>(&self, item: T, call: impl Fn(T) -> Result<V, Fault<E>>) -> Result<V, Fault<E>>;
}

impl<T> Tries<T> for Once {
    #[inline(always)]
    fn attempt<V, E>(&self, item: T, call: impl Fn(T) -> Result<V, Fault<E>>) -> Result<V, Fault<E>> {
        call(item)
    }
}

impl<T: Clone> Tries<T> for Again {
    fn attempt<V, E>(&self, item: T, call: impl Fn(T) -> Result<V, Fault<E>>) -> Result<V, Fault<E>> {
        let mut pause = self.backoff;
        for _ in 0..self.retries {
            if let Ok(value) = call(item.clone()) {
                return Ok(value);
            }
            std::thread::sleep(pause);
            pause = pause.saturating_mul(2);
        }
        call(item)
    }
}

/// Why a record failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    /// The function gave an error.
    Error(E),
    /// The function panicked, with this message.
    Panic(String),
}

impl<E: fmt::Display> fmt::Display for Fault<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Error(error) => error.fmt(f),
            Fault::Panic(message) => write!(f, "panic: {message}"),
        }
    }
}

/// A record that failed, as `errors(label)` reads it.
///
/// `Display` is the place, the stage and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed<T, E> {
    /// The record as it came to the stage.
    pub record: T,
    /// Why it failed.
    pub error: Fault<E>,
    /// The stage, with its label.
    pub stage: &'static str,
    /// The partition of the source that it comes from: the path of a file, an address.
    pub partition: String,
    /// The number of the record in its partition, from 1; several where an earlier stage made several of it.
    pub number: u64,
}

impl<T, E: fmt::Display> fmt::Display for Failed<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "record {} of `{}`: stage `{}`: {}", self.number, self.partition, self.stage, self.error)
    }
}

/// Whether a record that fails is kept.
pub trait Keep<T>: Copy {
    type Kept;
    const KEEPS: bool;
    fn keep(self, item: &T) -> Self::Kept;
}

/// It is not.
#[derive(Clone, Copy)]
pub struct Dropped;

impl<T> Keep<T> for Dropped {
    type Kept = ();
    const KEEPS: bool = false;
    #[inline(always)]
    fn keep(self, _: &T) {}
}

/// A copy is made before the call.
pub struct Kept<T>(PhantomData<fn(T)>);

impl<T> Kept<T> {
    pub(crate) const NEW: Self = Kept(PhantomData);
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Kept<T> {}

impl<T: Clone> Keep<T> for Kept<T> {
    type Kept = T;
    const KEEPS: bool = true;
    #[inline(always)]
    fn keep(self, item: &T) -> T {
        item.clone()
    }
}

/// A record that may be put aside; see `proof.rs` for the two implementations.
#[diagnostic::on_unimplemented(
    message = "what is put aside is a copy that may go to another thread, so `{Self}` must be `Clone` and `Send`",
    label = "these records are put aside",
    note = "derive it: `#[derive(Clone)]`; what borrows from the batch is copied for nothing",
    note = "`Arc` in place of `Rc` may go to another thread"
)]
pub trait PutAside<M> {
    /// `Of<W>` is `W`.
    type Of<W>;
    #[doc(hidden)]
    fn of<W>(this: W) -> Self::Of<W>;
}
impl<T: Clone + Send> PutAside<Yes> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}
impl<T: Clone + Send + Nothing> PutAside<No> for T {
    type Of<W> = W;
    fn of<W>(this: W) -> W {
        this
    }
}

/// What `errors(label)` reads.
pub type Errors<T, R, M> = <T as PutAside<M>>::Of<(Kept<T>, Flow<Failed<T, <R as Fallible>::Error>, Plain, Untimed>)>;

pub fn errors_stream<T, Shape, Time, F, A, R, M>(_: Flow<T, Shape, Time>, _: &TryStage<F, A>) -> Errors<T, R, M>
where
    T: PutAside<M>,
    F: Fn(T) -> R,
    R: Fallible,
{
    T::of((Kept::NEW, Flow::NEW))
}

/// How many records have failed.
#[derive(Default)]
pub struct FailedSlot {
    failed: u64,
    now: u64,
}

impl SlotApi for FailedSlot {
    fn commit(&mut self) {
        self.failed += std::mem::take(&mut self.now);
    }

    fn rollback(&mut self) {
        self.now = 0;
    }

    fn forget(&mut self) {
        *self = Self::default();
    }

    fn size(&self) -> SlotSize {
        SlotSize::default()
    }

    fn shape(&self) -> String {
        "failed records".to_owned()
    }

    fn failed(&self) -> u64 {
        self.failed
    }
}

/// `try_map` during one batch.
pub struct Attempts<'s, K, T, E> {
    slot: &'s mut FailedSlot,
    keep: K,
    aside: Cell<Vec<(ChunkInfo, Rejected<T, E>)>>,
    stage: u32,
}

/// A record that failed, with its number in its chunk.
struct Rejected<T, E> {
    record: T,
    fault: Fault<E>,
    number: u64,
}

impl<'s, K: Copy, T, E> Attempts<'s, K, T, E> {
    fn new(slot: &'s mut FailedSlot, keep: K, stage: u32) -> Self {
        Attempts { slot, keep, aside: Cell::default(), stage }
    }

    pub fn buckets(&self) -> AttemptBuckets<K, T, E> {
        AttemptBuckets(self.keep, PhantomData)
    }

    pub fn absorb(&mut self, chunk: ChunkInfo, bucket: AttemptBucket<K, T, E>) -> Result<(), Failure> {
        self.slot.now += bucket.failed;
        self.aside.get_mut().extend(bucket.aside.into_iter().map(|aside| (chunk, aside)));
        Ok(())
    }

    /// The records that failed, in source order.
    pub fn errors<L>(
        &self,
        turn: &Turn<'_>,
        partition: &impl Fn(u32, u32) -> String,
        make: impl FnMut() -> L,
        task: impl Fn(Rows<Vec<Failed<T, E>>>, L) -> (L, u64),
        absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let stage = turn.stage(self.stage);
        let failed = |(chunk, Rejected { record, fault, number }): (ChunkInfo, Rejected<T, E>)| {
            let partition = partition(chunk.source, chunk.partition);
            Failed { record, error: fault, stage, partition, number: chunk.first + number }
        };
        let rows = Cell::new(self.aside.take().into_iter().map(failed).collect());
        chunks(turn, 1, None, make, |_, leaf| task(Rows(rows.take()), leaf), absorb)
    }
}

/// Makes the buckets of one batch.
pub struct AttemptBuckets<K, T, E>(K, PhantomData<fn(T, E)>);

impl<K: Copy, T, E> AttemptBuckets<K, T, E> {
    pub fn bucket(&self) -> AttemptBucket<K, T, E> {
        AttemptBucket { keep: self.0, failed: 0, aside: vec![] }
    }
}

/// What failed in one chunk.
pub struct AttemptBucket<K, T, E> {
    keep: K,
    failed: u64,
    aside: Vec<Rejected<T, E>>,
}

impl<K, Kept, E: fmt::Display + Send> AttemptBucket<K, Kept, E> {
    #[inline(always)]
    pub fn attempt<T, R, F, A>(&mut self, stage: &TryStage<F, A>, item: T, number: u64) -> Option<R::Value>
    where
        R: Fallible<Error = E>,
        F: Fn(T) -> R,
        A: Tries<T>,
        K: Keep<T, Kept = Kept>,
    {
        let record = self.keep.keep(&item);
        // what the function changed before it panicked is its own affair: it is called again with other records
        let call = |item| match catch_unwind(AssertUnwindSafe(|| stage.function.get()(item).result())) {
            Ok(result) => result.map_err(Fault::Error),
            Err(panic) => Err(Fault::Panic(message(panic))),
        };
        match stage.again.attempt(item, call) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.failed += 1;
                if K::KEEPS {
                    self.aside.push(Rejected { record, fault, number });
                } else if !stage.skips {
                    fail(fault.to_string());
                }
                None
            }
        }
    }
}

pub fn attempts<'s, T, Shape, Time, F, A, R: Fallible>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut FailedSlot,
    _: &TryStage<F, A>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<Attempts<'s, Dropped, (), R::Error>, Failure>
where
    F: Fn(T) -> R,
{
    Ok(Attempts::new(slot, Dropped, stage))
}

pub fn attempts_with_errors<'s, T, Shape, Time, F, A, R: Fallible, K: Keep<T>>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut FailedSlot,
    keep: K,
    _: &TryStage<F, A>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<Attempts<'s, K, K::Kept, R::Error>, Failure>
where
    F: Fn(T) -> R,
{
    Ok(Attempts::new(slot, keep, stage))
}
