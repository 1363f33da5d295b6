//! A source that makes its records up: for demonstrations, load tests and soak tests.

use super::{BLOCK_RECORDS, Poll, Position, Replayable, Signal, Source, bytes_of, records_within};
use crate::{Error, ErrorKind};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

const NANOS: u128 = 1_000_000_000;

/// Makes `rate_per_second` records a second, endlessly unless [`limit`](Generate::limit) says otherwise.
/// Record `n` is `make(n)` and is due `n / rate_per_second` seconds after the start.
///
/// ```
/// use streamflow::{Source, source};
///
/// let clicks = source::generate(50_000, |n| (n % 100, n)).limit(1_000_000);
/// assert_eq!(clicks.name(), "1000000 generated records, 50000 a second");
/// ```
///
/// # Order
/// By `n`. The same `n` gives the same record however the input is cut into batches.
///
/// # Failure
/// A rate of 0 is refused when the job starts.
///
/// # Cost
/// `make` runs in the parallel tasks. When the job is slower than the rate, records are not lost but late.
///
/// # After a crash
/// Numbers go on behind the last one that was committed, which is due at once: the time in between is not made up for.
pub fn generate<T, F>(rate_per_second: u64, make: F) -> Generate<F>
where
    F: Fn(u64) -> T + Send + Sync,
{
    Generate { rate: Some(rate_per_second), limit: None, first: 0, next: 0, start: None, make: Arc::new(make) }
}

/// Makes records as fast as the job takes them: what a load test wants.
///
/// ```
/// use streamflow::{Source, source};
///
/// let numbers = source::generate_unpaced(|n| n).limit(10);
/// assert_eq!(numbers.name(), "10 generated records");
/// ```
///
/// # After a crash
/// As with [`generate`].
pub fn generate_unpaced<T, F>(make: F) -> Generate<F>
where
    F: Fn(u64) -> T + Send + Sync,
{
    Generate { rate: None, limit: None, first: 0, next: 0, start: None, make: Arc::new(make) }
}

/// The source of [`generate`] and [`generate_unpaced`].
#[must_use = "a source does nothing until a job reads it"]
pub struct Generate<F> {
    rate: Option<u64>,
    limit: Option<u64>,
    /// The number that is due at the start.
    first: u64,
    next: u64,
    start: Option<Instant>,
    make: Arc<F>,
}

/// The numbers of consecutive records and what makes them.
pub struct GeneratedBlock<F> {
    numbers: Range<u64>,
    make: Arc<F>,
}

impl<F> Generate<F> {
    /// Ends after `records` records.
    pub fn limit(mut self, records: u64) -> Self {
        self.limit = Some(records);
        self
    }

    fn elapsed(&mut self) -> Duration {
        self.start.get_or_insert_with(Instant::now).elapsed()
    }
}

/// How many records are due this long after the start. The first is due at once.
fn due(rate: u64, elapsed: Duration) -> u64 {
    let due = elapsed.as_nanos() * u128::from(rate) / NANOS + 1;
    u64::try_from(due).unwrap_or(u64::MAX)
}

/// How long after the start a record is due, rounded up so that [`due`] includes it by then.
fn due_at(rate: u64, number: u64) -> Duration {
    let nanos = (u128::from(number) * NANOS).div_ceil(u128::from(rate).max(1));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl<F> Replayable for Generate<F> {}

impl<T, F> Source for Generate<F>
where
    F: Fn(u64) -> T + Send + Sync,
{
    /// The number of the next record.
    type Offset = u64;
    type Block = GeneratedBlock<F>;
    type Item<'b>
        = T
    where
        Self: 'b;

    fn name(&self) -> String {
        let mut name = match self.limit {
            Some(limit) => format!("{limit} generated records"),
            None => "generated records".to_owned(),
        };
        if let Some(rate) = self.rate {
            name.push_str(&format!(", {rate} a second"));
        }
        name
    }

    fn open(&mut self, _signal: &Signal) -> Result<(), Error> {
        if self.rate == Some(0) {
            return Err(Error::new(ErrorKind::Settings, "a generator with a rate of 0 never gives a record")
                .help("give `generate` at least one record a second, or use `generate_unpaced`"));
        }
        self.start = Some(Instant::now());
        Ok(())
    }

    fn partition_name(&self, _partition: usize) -> String {
        "generator".to_owned()
    }

    fn poll(&mut self, _partition: usize, budget: usize) -> Result<Poll<Self::Block>, Error> {
        let limit = self.limit.unwrap_or(u64::MAX);
        if self.next >= limit {
            return Ok(Poll::Ended);
        }
        let (due, most) = match self.rate {
            Some(rate) => (self.first.saturating_add(due(rate, self.elapsed())), BLOCK_RECORDS),
            None => (u64::MAX, records_within::<T>(budget)),
        };
        let end = due.min(limit).min(self.next.saturating_add(most as u64));
        if end <= self.next {
            return Ok(Poll::Pending);
        }
        let numbers = self.next..end;
        self.next = end;
        let bytes = bytes_of::<T>((numbers.end - numbers.start) as usize);
        Ok(Poll::Block { block: GeneratedBlock { numbers, make: Arc::clone(&self.make) }, bytes })
    }

    fn offset(&self, _partition: usize) -> Option<u64> {
        Some(self.next)
    }

    fn seek(&mut self, positions: Vec<Position<u64>>) -> Result<(), Error> {
        let next = positions.first().map_or(0, |position| position.offset);
        (self.first, self.next, self.start) = (next, next, Some(Instant::now()));
        Ok(())
    }

    fn each<'b>(block: &'b Self::Block, each: impl FnMut(T))
    where
        Self: 'b,
    {
        block.numbers.clone().map(&*block.make).for_each(each);
    }

    fn count(block: &Self::Block) -> Option<u64> {
        Some(block.numbers.end - block.numbers.start)
    }

    fn poll_after(&self) -> Option<Duration> {
        let elapsed = self.start.map_or(Duration::ZERO, |start| start.elapsed());
        self.rate.map(|rate| due_at(rate, self.next - self.first).saturating_sub(elapsed))
    }

    fn total_bytes(&self) -> Option<u64> {
        self.limit.map(|limit| limit.saturating_mul(bytes_of::<T>(1) as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::{everywhere, rounds};

    #[test]
    fn a_record_is_due_when_its_time_has_come_and_not_before() {
        for rate in [1, 3, 7, 1000, 999_999_937] {
            for number in [0, 1, 2, 1000, 123_456_789] {
                let at = due_at(rate, number);
                assert!(due(rate, at) > number, "{number} at {rate}");
                if let Some(before) = at.checked_sub(Duration::from_nanos(1)) {
                    assert!(due(rate, before) <= number, "{number} at {rate}");
                }
            }
        }
        assert_eq!(due(10, Duration::from_secs(2)), 21);
    }

    #[test]
    fn every_number_comes_once_in_order_and_then_the_end() {
        let mut source = generate(1_000_000, |n| n * 2).limit(5000);
        let expected: Vec<u64> = (0..5000).map(|n| n * 2).collect();
        assert_eq!(rounds(&mut source, 1 << 20, |_, n| n).expect("reads").concat(), expected);
    }

    #[test]
    fn numbers_go_on_wherever_they_stopped() {
        everywhere(|| generate_unpaced(|n| n).limit(20), 24, |_, n| n);
        everywhere(|| generate(1_000_000_000, |n| n).limit(20_000), 24, |_, n| n);
    }

    #[test]
    fn what_was_made_before_is_not_waited_for() {
        let mut source = generate(1, |n| n).limit(1_000_001);
        let position = Position { partition: "generator".to_owned(), offset: 1_000_000, ended: false };
        source.open(&Signal::default()).expect("opens");
        source.seek(vec![position]).expect("there");
        assert_eq!(source.poll_after(), Some(Duration::ZERO), "it is due now, not in twelve days");
        let Ok(Poll::Block { block, .. }) = source.poll(0, 8) else { panic!("a block was due") };
        assert_eq!(block.numbers, 1_000_000..1_000_001);
    }

    #[test]
    fn what_is_not_due_waits() {
        let mut source = generate(1, |n| n);
        source.open(&Signal::default()).expect("opens");
        assert!(matches!(source.poll(0, 1 << 20), Ok(Poll::Block { .. })));
        // A machine that sleeps a second between two lines would see a record here.
        if source.elapsed() < Duration::from_millis(500) {
            assert!(matches!(source.poll(0, 1 << 20), Ok(Poll::Pending)));
            assert!(source.poll_after().is_some_and(|wait| wait <= Duration::from_secs(1)));
        }
    }

    #[test]
    fn a_rate_of_nothing_is_refused() {
        let error = generate(0, |n| n).open(&Signal::default()).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Settings);
    }

    #[test]
    fn without_a_rate_the_budget_decides() {
        let mut source = generate_unpaced(|n| n).limit(10_000);
        let Ok(Poll::Block { block, bytes }) = source.poll(0, 80) else {
            panic!("a block was due");
        };
        assert_eq!((block.numbers, bytes), (0..10, 80));
        assert_eq!(rounds(&mut source, 8000, |_, n| n).expect("reads").concat().len(), 9990);
    }
}
