//! What a failure says: the stage, the partition and the record, whatever the cut; and that errors of sources and sinks arrive as
//! they left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use streamflow::source::{Poll, Signal};
use streamflow::{BatchInfo, Error, ErrorKind, Sink, Source, Timestamp, sink, source, stream};

/// The record that closures stumble over: the 173rd of the second partition.
const BAD: i64 = 1_172;

fn input() -> Vec<Vec<i64>> {
    vec![(0..400).collect(), (1_000..1_400).collect(), vec![], (3_000..3_010).collect()]
}

fn stumble(number: i64) -> i64 {
    assert!(number != BAD, "met {number}");
    number
}

/// Runs a pipeline, made anew each time, at several cuts: the error is one of kind panic that begins and ends so.
macro_rules! panics {
    ($stage:literal, $place:literal, $($pipeline:tt)*) => {
        for threads in [1, 2] {
            for (batch_bytes, chunk_bytes) in [(1 << 20, 1 << 20), (1 << 20, 8), (1 << 20, 240), (512, 64)] {
                let job = stream! { source::partitions(input()) -> $($pipeline)* -> sink::discard() };
                let job = job.threads(threads).batch_bytes(batch_bytes).chunk_bytes(chunk_bytes).signals(false);
                let error = job.run().expect_err("a panic");
                assert_eq!(error.kind(), ErrorKind::Panic);
                let expected = concat!("stage `", $stage, "` panicked: met 1172, at ", $place);
                assert_eq!(error.to_string(), expected, "{threads} threads, {batch_bytes} and {chunk_bytes} bytes");
            }
        }
    };
}

#[test]
fn a_panic_in_a_stateless_stage() {
    panics!("map", "record 173 of `memory 1`", map(stumble));
    panics!("filter", "record 173 of `memory 1`", map(|n| n) -> filter(|n| stumble(*n) > 0));
    panics!("filter_map", "record 173 of `memory 1`", filter(|n| n % 2 == 0) -> filter_map(|n| Some(stumble(n))));
    panics!(
        "inspect",
        "record 173 of `memory 1`",
        inspect(|n| {
            stumble(*n);
        })
    );
    panics!("flat_map", "record 173 of `memory 1`", flat_map(|n| [stumble(n), n]));
    panics!("timestamp", "record 173 of `memory 1`",
        timestamp(|n| Timestamp::from_secs(stumble(*n))) -> window(tumbling(10s)) -> count());
    panics!("map", "record 173 of `memory 1`", flat_map(|n| [n; 3]) -> map(stumble));
}

/// The iterator that a closure gives runs its own code, later than the closure.
#[test]
fn a_panic_in_the_iterator_of_a_flat_map() {
    panics!("flat_map", "record 173 of `memory 1`", flat_map(|n| (0..3).map(move |k| stumble(n + k - 2))) -> filter(|n| *n >= 0));
}

#[test]
fn a_panic_on_the_way_to_a_state() {
    panics!("key_by", "record 173 of `memory 1`", key_by(|n| stumble(*n) % 7) -> count());
    panics!("map_values", "record 173 of `memory 1`", key_by(|n| n % 7) -> map_values(stumble) -> sum());
    panics!("sum as total", "record 173 of `memory 1`", key_by(|n| n % 7) -> sum(|n| stumble(*n)) as total);
    panics!("mean", "record 173 of `memory 1`", mean(|n| stumble(*n)));
    panics!("min as least", "record 173 of `memory 1`", key_by(|n| n % 7) -> min(|n| stumble(*n)) as least);
    panics!("distinct", "record 173 of `memory 1`", distinct(|n| stumble(*n)));
    panics!("max", "record 173 of `memory 1`",
        timestamp(|n| Timestamp::from_secs(*n)) -> window(sliding(10s, every = 5s)) -> max(|n| stumble(*n)));
}

#[test]
fn a_panic_in_the_step_of_a_state() {
    panics!("fold as folded", "record 173 of `memory 1`",
        key_by(|n| n % 7) -> fold(0i64, |sum, n| *sum += stumble(n)) as folded);
    panics!("fold", "record 173 of `memory 1`", fold(0i64, |sum, n| *sum += stumble(n)));
    panics!("reduce", "record 173 of `memory 1`", key_by(|n| n % 7) -> reduce(|left, n| left.max(stumble(n))));
    panics!("reduce", "record 173 of `memory 1`", reduce(|left, n| left.max(stumble(n))));
    panics!("fold as windows", "record 173 of `memory 1`",
        timestamp(|n| Timestamp::from_secs(*n))
            -> key_by(|n| n % 7)
            -> window(sliding(10s, every = 5s))
            -> fold(0i64, |sum, n| *sum += stumble(n)) as windows);
}

/// Rows come out of state: which record brought them is not known any more.
#[test]
fn a_panic_behind_a_state() {
    let rows = || (0..50).map(|n| if n == 20 { BAD } else { n }).collect::<Vec<i64>>();
    for threads in [1, 2] {
        let job = stream! {
            source::vec(rows()) -> key_by(|n| *n) -> count() as counted -> map(|row| stumble(row.key)) -> sink::discard()
        };
        let error = job.threads(threads).run().expect_err("a panic");
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Panic);
        assert!(text.starts_with("stage `map` panicked: met 1172, at result "), "{text}");
        assert!(text.ends_with(" of this batch") && !text.contains("result 0 "), "{text}");

        let job = stream! {
            source::vec(rows()) -> key_by(|n| *n) -> count() -> top(3, by = |row| stumble(row.key)) as best -> sink::discard()
        };
        let error = job.threads(threads).run().expect_err("a panic");
        assert_eq!(error.to_string(), "stage `top as best` panicked: met 1172, at the results of this batch");
        assert_eq!(error.kind(), ErrorKind::Panic);
    }
}

/// A source may run the user's code too; it is no stage.
#[test]
fn a_panic_in_a_source_is_not_blamed_on_a_stage() {
    for threads in [1, 2] {
        for chunk_bytes in [8, 1 << 20] {
            let numbers = source::generate_unpaced(|n| stumble(n as i64)).limit(2_000);
            let job = stream! { numbers -> map(|n| n + 1) -> filter(|n| *n > 0) -> count() -> sink::discard() };
            let error = job.threads(threads).chunk_bytes(chunk_bytes).run().expect_err("a panic");
            let expected = "the source panicked: met 1172, at record 1173 of `generator`";
            assert_eq!(error.to_string(), expected, "{threads} threads, chunks of {chunk_bytes}");
        }
    }
}

#[test]
fn a_panic_without_words_and_one_with_a_text() {
    let job = stream! { source::vec(vec![1]) -> map(|_| std::panic::panic_any(5)) -> inspect(|(): &()| ()) -> sink::discard() };
    let error = job.threads(1).run().expect_err("a panic");
    assert_eq!(error.to_string(), "stage `map` panicked: (no message), at record 1 of `memory 0`");
    let job = stream! { source::vec(vec![1]) -> filter(|_| panic!("plain text")) -> sink::discard() };
    let error = job.threads(2).run().expect_err("a panic");
    assert_eq!(error.to_string(), "stage `filter` panicked: plain text, at record 1 of `memory 0`");
}

/// What was committed before has been delivered; of the batch that failed nothing is.
#[test]
fn batches_before_the_failure_stand() {
    for threads in [1, 2] {
        let updates = sink::collect_batches();
        let job = stream! {
            source::batches(vec![vec![1, 2], vec![2, 3], vec![4, BAD], vec![5]])
                -> key_by(|n| *n)
                -> fold(0i64, |sum, n| *sum += stumble(n))
                -> map(|row| (row.key, row.value))
                -> updates.clone()
        };
        job.threads(threads).run().expect_err("a panic");
        let mut batches = updates.take();
        batches.iter_mut().for_each(|batch| batch.1.sort_unstable());
        assert_eq!(batches, [(1, vec![(1, 1), (2, 2)]), (2, vec![(2, 4), (3, 3)])]);
    }
}

#[test]
fn a_panic_in_a_started_job_comes_out_of_wait() {
    let numbers = source::generate_unpaced(|n| n as i64);
    let job = stream! { numbers -> map(stumble) -> sink::discard() };
    let error = job.threads(2).start().expect("started").wait().expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.to_string(), "stage `map` panicked: met 1172, at record 1173 of `generator`");
}

/// A source and a sink that fail where they are told to.
#[derive(Clone, Copy, PartialEq)]
enum At {
    Open,
    Later,
    Finish,
}

struct Broken(At);

fn broken(kind: ErrorKind) -> Error {
    Error::new(kind, "it broke").at("a place").help("mend it").because(std::io::Error::other("rust"))
}

impl Source for Broken {
    type Offset = ();
    type Block = ();
    type Item<'b> = i64;
    fn name(&self) -> String {
        "broken".to_owned()
    }
    fn partition_name(&self, _: usize) -> String {
        "broken".to_owned()
    }
    fn open(&mut self, _: &Signal) -> Result<(), Error> {
        if self.0 == At::Open { Err(broken(ErrorKind::Source)) } else { Ok(()) }
    }
    fn poll(&mut self, _: usize, _: usize) -> Result<Poll<()>, Error> {
        if self.0 == At::Later {
            return Err(broken(ErrorKind::Source));
        }
        self.0 = At::Later;
        Ok(Poll::Block { block: (), bytes: 1 })
    }
    fn each<'b>(_: &'b (), mut each: impl FnMut(i64))
    where
        Self: 'b,
    {
        each(1);
    }
}

impl Sink<i64> for Broken {
    type Part = bool;
    fn name(&self) -> String {
        "broken".to_owned()
    }
    fn part(&self) -> bool {
        false
    }
    fn push(part: &mut bool, _: i64) {
        *part = true;
    }
    fn open(&mut self) -> Result<(), Error> {
        if self.0 == At::Open { Err(broken(ErrorKind::Sink)) } else { Ok(()) }
    }
    fn deliver(&mut self, _: BatchInfo, parts: Vec<bool>) -> Result<(), Error> {
        if self.0 == At::Later && parts.contains(&true) { Err(broken(ErrorKind::Sink)) } else { Ok(()) }
    }
    fn finish(&mut self) -> Result<(), Error> {
        if self.0 == At::Finish { Err(broken(ErrorKind::Sink)) } else { Ok(()) }
    }
}

#[test]
fn errors_of_sources_and_sinks_arrive_as_they_left() {
    let unchanged = |error: Error, kind: ErrorKind| {
        assert_eq!((error.kind(), error.to_string().as_str()), (kind, "it broke, at a place; mend it"));
        assert_eq!(std::error::Error::source(&error).expect("the cause").to_string(), "rust");
    };
    for at in [At::Open, At::Later, At::Finish] {
        if at != At::Finish {
            let job = stream! { Broken(at) -> map(|n| n) -> sink::discard() };
            unchanged(job.threads(2).run().expect_err("broken"), ErrorKind::Source);
            let job = stream! { Broken(at) -> map(|n| n) -> sink::discard() };
            unchanged(job.start().expect("started").wait().expect_err("broken"), ErrorKind::Source);
        }
        let job = stream! { source::vec(vec![1i64]) -> Broken(at) };
        unchanged(job.threads(2).run().expect_err("broken"), ErrorKind::Sink);
    }
}

/// A port in use is told before anything is read.
#[test]
fn a_sink_that_cannot_be_opened_stops_the_job_before_it_reads() {
    let read = Arc::new(AtomicBool::new(false));
    let seen = read.clone();
    let numbers = source::iter((0..10i64).inspect(move |_| seen.store(true, Ordering::Relaxed)));
    let job = stream! { numbers -> Broken(At::Open) };
    job.threads(1).run().expect_err("broken");
    assert!(!read.load(Ordering::Relaxed));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let job = stream! { source::vec(vec![1]) -> sink::discard() };
    let error = job.threads(0).run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Settings);
}

/// Functions of sources and sinks run on the thread of the job, outside the stages.
#[test]
fn a_panic_in_a_source_or_sink_function_ends_the_job_with_an_error() {
    let rows = |row: i32| assert!(row != 3, "no threes");
    let error =
        stream! { source::vec(vec![1, 2, 3]) -> map(|n| n) -> sink::for_each(rows) }.run().expect_err("a panic");
    assert_eq!(error.kind(), ErrorKind::Panic);
    assert_eq!(error.to_string(), "the sink panicked: no threes");
    let numbers = (0..10).inspect(|n| assert!(*n != 7, "no sevens"));
    let error = stream! { source::iter(numbers) -> map(|n| n) -> sink::discard() }.run().expect_err("a panic");
    assert_eq!(error.to_string(), "the source panicked: no sevens");
}
