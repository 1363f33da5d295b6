//! `try_map`: a function that may fail, and what becomes of the records that do.

pub(crate) mod run;

use super::proof::{Asked, No, Nothing, Yes};
use super::{Flow, Plain, Stage};
use std::fmt;
use std::marker::PhantomData;
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
