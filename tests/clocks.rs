//! What the clock of a job does: fixed intervals, windows on the batch clock, clocks that are set back.

mod feed;

use feed::{Log, records, until};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use streamflow::source::Signal;
use streamflow::testing::{ManualClock, input};
use streamflow::{Clock, sink, stream};

/// Spark's fixed interval: what comes within it is one batch, and the batch clock moves by it.
#[test]
fn a_fixed_interval_forms_the_batches() {
    let clock = ManualClock::at(Duration::from_secs(1_000));
    let (feed, times) = (input::<i64>(), Arc::new(Mutex::new(vec![])));
    let seen = times.clone();
    let job = stream! {
        #![batch(every = 10s)]
        feed.clone() -> sink::for_each_batch(move |batch, rows| seen.lock().expect("no panic").push((batch.time, rows)))
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    let epoch = || running.progress().map_or(0, |progress| progress.epoch);
    feed.extend(vec![1]);
    feed.extend(vec![2, 3]);
    until("the first poll", || feed.is_taken());
    assert_eq!(epoch(), 0, "the interval is not over");
    clock.advance(Duration::from_secs(10));
    until("the first batch", || epoch() == 1);
    feed.extend(vec![4]);
    until("the next poll", || feed.is_taken());
    assert_eq!(epoch(), 1);
    clock.advance(Duration::from_secs(10));
    until("the second batch", || epoch() == 2);
    feed.end();
    let report = running.wait().expect("ended");
    assert_eq!(report.batches, 2);
    let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
    assert_eq!(*times.lock().expect("no panic"), [(at(1_010), vec![1, 2, 3]), (at(1_020), vec![4])]);
}

/// Nothing has to come for a window to close: the clock is enough.
#[test]
fn an_idle_stream_closes_its_window() {
    let clock = ManualClock::at(Duration::from_secs(1_003));
    let (feed, log) = (input::<i64>(), Log::default());
    let job = stream! {
        feed.clone()
            -> key_by(|n| n % 2)
            -> window(tumbling(10s, clock = processing))
            -> sum()
            -> map(|row| row.start.as_secs() * 1_000_000 + row.key * 1_000 + row.value)
            -> log.clone()
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.extend(vec![2, 4]);
    until("the records", || records(&running) == 2);
    clock.advance(Duration::from_secs(4));
    feed.extend(vec![6]);
    until("the record", || records(&running) == 3);
    assert_eq!(log.take(), ["open"], "the window is open at its eighth second");
    clock.advance(Duration::from_secs(3));
    let mut rows = vec![];
    until("the close", || {
        rows.extend(log.take());
        !rows.is_empty()
    });
    assert!(rows[0].ends_with(": [1000000012]"), "{rows:?}");
    feed.extend(vec![3]);
    until("the record", || records(&running) == 4);
    feed.end();
    running.wait().expect("ended");
    let rows = log.take();
    assert!(rows.len() == 2 && rows[0].ends_with(": [1010001003]"), "the end closes the window that is open: {rows:?}");
}

/// A clock that can be set back.
#[derive(Clone, Debug)]
struct Shaky(Arc<Mutex<u64>>);

impl Shaky {
    fn set(&self, seconds: u64) {
        *self.0.lock().expect("no panic") = seconds;
    }
}

impl Clock for Shaky {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(*self.0.lock().expect("no panic"))
    }
    fn wait(&self, signal: &Signal, timeout: Duration) {
        signal.wait(timeout.min(Duration::from_millis(1)));
    }
}

#[test]
fn the_batch_clock_never_goes_back() {
    let clock = Shaky(Arc::new(Mutex::new(500)));
    let (feed, times) = (input::<i64>(), Arc::new(Mutex::new(vec![])));
    let seen = times.clone();
    let job = stream! {
        feed.clone() -> sink::for_each_batch(move |batch, _: Vec<i64>| {
            let since = batch.time.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
            seen.lock().expect("no panic").push(since.as_secs());
        })
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    for (time, batch) in [(600, 1), (100, 2), (550, 3), (700, 4)] {
        clock.set(time);
        feed.extend(vec![1]);
        until("the batch", || records(&running) == batch);
    }
    feed.end();
    running.wait().expect("ended");
    assert_eq!(*times.lock().expect("no panic"), [600, 600, 600, 700]);
}

/// A clock that is set back by an hour must not stop the batches for an hour.
#[test]
fn a_fixed_interval_goes_on_when_the_clock_is_set_back() {
    let clock = Shaky(Arc::new(Mutex::new(5_000)));
    let feed = input::<i64>();
    let job = stream! { #![batch(every = 10s)] feed.clone() -> sink::discard() };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.extend(vec![1]);
    until("the poll", || feed.is_taken());
    clock.set(1_000);
    feed.extend(vec![2]);
    until("the poll at the earlier time", || feed.is_taken());
    // one more round of polls has seen the earlier time for sure
    feed.extend(vec![]);
    until("another poll", || feed.is_taken());
    clock.set(1_011);
    until("the batch", || records(&running) == 2);
    clock.set(1_022);
    feed.extend(vec![3]);
    until("the next batch", || records(&running) == 3);
    running.stop();
    running.wait().expect("stopped");
}

/// A pane of a sliding window belongs to windows that have closed and to one that has not: only that one wakes the job.
#[test]
fn sliding_windows_on_the_batch_clock_make_a_batch_a_window() {
    let clock = ManualClock::at(Duration::from_secs(1_000));
    let feed = input::<i64>();
    let rows = sink::collect::<u64>();
    let job = stream! {
        feed.clone()
            -> window(sliding(4s, every = 1s, clock = processing))
            -> count()
            -> map(|row| row.value)
            -> rows.clone()
    };
    let batches = Arc::new(Mutex::new(0));
    let count = batches.clone();
    let job = job.on_progress(move |_| *count.lock().expect("no panic") += 1);
    let running = job.clock(clock.clone()).start().expect("a thread");
    feed.extend(vec![1]);
    until("the record", || records(&running) == 1);
    for _ in 0..5 {
        clock.advance(Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(20));
    }
    feed.end();
    running.wait().expect("no failure");
    assert_eq!(rows.take(), [1, 1, 1, 1], "each of its windows once");
    let batches = *batches.lock().expect("no panic");
    assert!(batches <= 7, "one for the record, one a window, one at the end; {batches}");
}

/// A clock that counts how often the job lay down to wait.
#[derive(Clone, Debug)]
struct Counted {
    clock: ManualClock,
    waits: Arc<AtomicU64>,
}

impl Clock for Counted {
    fn now(&self) -> SystemTime {
        self.clock.now()
    }
    fn wait(&self, signal: &Signal, timeout: Duration) {
        self.waits.fetch_add(1, Ordering::SeqCst);
        self.clock.wait(signal, timeout);
    }
}

/// A window whose end has passed waits for the end of the interval; meanwhile the job sleeps and does not spin.
#[test]
fn a_window_that_is_due_within_an_interval_keeps_nobody_awake() {
    let clock = Counted { clock: ManualClock::at(Duration::from_secs(1_000)), waits: Arc::default() };
    let (feed, rows) = (input::<i64>(), sink::collect::<u64>());
    let job = stream! {
        #![batch(every = 10s)]
        feed.clone() -> window(tumbling(1s, clock = processing)) -> count() -> map(|row| row.value) -> rows.clone()
    };
    let running = job.clock(clock.clone()).start().expect("a thread");
    feed.extend(vec![1]);
    until("the first poll", || feed.is_taken());
    clock.clock.advance(Duration::from_secs(10));
    until("the record", || records(&running) == 1);
    clock.clock.advance(Duration::from_secs(2));
    let before = clock.waits.load(Ordering::SeqCst);
    // one wait may have begun before the clock was moved
    until("the job to wait", || clock.waits.load(Ordering::SeqCst) > before + 3);
    assert!(rows.take().is_empty(), "the interval is not over");
    clock.clock.advance(Duration::from_secs(8));
    until("the window to close", || running.progress().is_some_and(|progress| progress.epoch == 2));
    running.stop();
    running.wait().expect("no failure");
    assert_eq!(rows.take(), [1]);
}
