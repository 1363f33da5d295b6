//! A job as a whole: how it is started, watched and stopped, what its clocks do, and what it reports.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use streamflow::source::{Poll, Signal};
use streamflow::testing::ManualClock;
use streamflow::{
    BatchInfo, Clock, EndedBy, Error, Running, Sink, Source, Status, Timestamp, file, sink, source, stream, tcp,
};

/// A source that a test feeds by hand while the job runs.
#[derive(Clone, Default)]
struct Feed {
    blocks: Arc<Mutex<VecDeque<Vec<i64>>>>,
    ended: Arc<AtomicBool>,
    signal: Arc<Mutex<Signal>>,
}

impl Feed {
    fn send(&self, records: Vec<i64>) {
        self.blocks.lock().expect("no panic").push_back(records);
        self.signal.lock().expect("no panic").raise();
    }
    fn end(&self) {
        self.ended.store(true, Ordering::SeqCst);
        self.signal.lock().expect("no panic").raise();
    }
}

impl Source for Feed {
    type Block = Vec<i64>;
    type Item<'b> = i64;
    fn name(&self) -> String {
        "a test".to_owned()
    }
    fn partition_name(&self, _: usize) -> String {
        "a test".to_owned()
    }
    fn open(&mut self, signal: &Signal) -> Result<(), Error> {
        *self.signal.lock().expect("no panic") = signal.clone();
        Ok(())
    }
    fn poll(&mut self, _: usize, _: usize) -> Result<Poll<Vec<i64>>, Error> {
        // the order matters: what was sent before the end is still read
        let ended = self.ended.load(Ordering::SeqCst);
        Ok(match self.blocks.lock().expect("no panic").pop_front() {
            Some(block) => Poll::Block { bytes: block.len() * 8, block },
            None if ended => Poll::Ended,
            None => Poll::Pending,
        })
    }
    fn each<'b>(block: &'b Vec<i64>, each: impl FnMut(i64))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

/// What happens to a sink, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn add(&self, entry: impl Into<String>) {
        self.0.lock().expect("no panic").push(entry.into());
    }
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

impl Sink<i64> for Log {
    type Part = Vec<i64>;
    fn name(&self) -> String {
        "a log".to_owned()
    }
    fn part(&self) -> Vec<i64> {
        vec![]
    }
    fn push(part: &mut Vec<i64>, item: i64) {
        part.push(item);
    }
    fn open(&mut self) -> Result<(), Error> {
        self.add("open");
        Ok(())
    }
    fn deliver(&mut self, batch: BatchInfo, parts: Vec<Vec<i64>>) -> Result<(), Error> {
        let rows = parts.concat();
        if !rows.is_empty() {
            self.add(format!("{}: {rows:?}", batch.epoch));
        }
        Ok(())
    }
    fn finish(&mut self) -> Result<(), Error> {
        self.add("finish");
        Ok(())
    }
}

/// Waits for what another thread is about to do. The limit is for a job that hangs, not a measure of one that works.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    for _ in 0..60_000 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("never came: {what}");
}

fn records(running: &Running) -> u64 {
    running.progress().map_or(0, |progress| progress.records)
}

#[test]
fn a_stopped_job_has_finished_its_batch() {
    for threads in [1, 2] {
        let batches = sink::collect_batches();
        let job = stream! {
            #![batch(bytes = 8_000)]
            source::generate_unpaced(|n| n) -> flat_map(|n| [n, n]) -> batches.clone()
        };
        let running = job.threads(threads).chunk_bytes(800).start().expect("started");
        until("some batches", || running.progress().is_some_and(|progress| progress.epoch > 3));
        assert_eq!(running.status(), Status::Running);
        running.stop();
        running.stop();
        let report = running.wait().expect("stopped");
        assert_eq!(report.ended_by, EndedBy::Stop);
        let batches = batches.take();
        assert_eq!(report.batches, batches.len() as u64);
        assert!(batches.iter().zip(1..).all(|(batch, epoch)| batch.0 == epoch), "no epoch is missing");
        assert!(batches.iter().all(|batch| batch.1.len() == 2_000), "whole batches");
        let rows: Vec<u64> = batches.into_iter().flat_map(|batch| batch.1).collect();
        assert!(rows.iter().enumerate().all(|(at, row)| *row == at as u64 / 2), "in order, nothing twice, no gap");
        assert_eq!(report.records * 2, rows.len() as u64);
    }
}

/// A window that is open when a job is stopped has no result yet; at the end of the input it has.
#[test]
fn stopping_concludes_no_window_and_the_end_of_the_input_does() {
    let windows = |stopped: bool| {
        let (feed, rows) = (Feed::default(), sink::collect::<u64>());
        let job = stream! {
            feed.clone()
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count()
                -> map(|row| row.value)
                -> rows.clone()
        };
        let running = job.start().expect("a thread");
        feed.send(vec![1, 2, 11, 12, 13]);
        until("the records to arrive", || records(&running) == 5);
        if stopped {
            running.stop()
        } else {
            feed.end()
        }
        let report = running.wait().expect("no failure");
        assert_eq!(report.ended_by, if stopped { EndedBy::Stop } else { EndedBy::Input });
        rows.take()
    };
    assert_eq!(windows(true), [2]);
    assert_eq!(windows(false), [2, 3]);
}

#[test]
fn a_handle_tells_how_far_the_job_is() {
    let feed = Feed::default();
    let log = Log::default();
    let job = stream! { feed.clone() -> map(|n| n + 1) -> log.clone() };
    let running = job.threads(1).start().expect("started");
    feed.send(vec![1, 2]);
    until("two records", || records(&running) == 2);
    feed.send(vec![3]);
    until("three records", || records(&running) == 3);
    let progress = running.progress().expect("batches");
    assert_eq!((progress.epoch, progress.bytes, progress.total_bytes), (2, 24, None));
    feed.end();
    until("the end", || running.status() == Status::Ended);
    assert_eq!(records(&running), 3, "also after the end");
    let report = running.wait().expect("ended");
    assert_eq!((report.ended_by, report.batches, report.records, report.bytes), (EndedBy::Input, 2, 3, 24));
    assert_eq!(log.take(), ["open", "1: [2, 3]", "2: [4]", "finish"]);
}

#[test]
fn dropping_the_handle_asks_the_job_to_stop() {
    let log = Log::default();
    let feed = Feed::default();
    let job = stream! { feed.clone() -> log.clone() };
    drop(job.threads(1).start().expect("started"));
    let mut entries = vec![];
    until("the end of the job", || {
        entries.extend(log.take());
        entries.last().is_some_and(|entry| entry == "finish")
    });
    assert_eq!(entries, ["open", "finish"]);
}

#[test]
fn a_sink_is_opened_and_finished_although_nothing_comes() {
    for threads in [1, 2] {
        let log = Log::default();
        let job = stream! {
            source::vec(Vec::<i64>::new()) -> key_by(|n| *n) -> sum() as sums -> map(|row| row.value) -> log.clone()
        };
        let report = job.threads(threads).run().expect("runs");
        assert_eq!(log.take(), ["open", "finish"]);
        assert_eq!((report.batches, report.records, report.bytes, report.skipped), (0, 0, 0, 0));
        assert_eq!(report.ended_by, EndedBy::Input);
        assert!(report.late.is_empty());
        assert_eq!(report.state.iter().map(|(label, size)| (*label, size.keys)).collect::<Vec<_>>(), [("sums", 0)]);
    }
    let none = source::partitions(Vec::<Vec<i64>>::new());
    let log = Log::default();
    let report = stream! { none -> sum() -> log.clone() }.run().expect("runs");
    assert_eq!((report.records, log.take()), (0, vec!["open".to_owned(), "finish".to_owned()]));
}

/// The sink opens before a source that never gives anything.
#[test]
fn a_sink_is_open_before_the_first_record() {
    let (feed, log) = (Feed::default(), Log::default());
    let job = stream! { feed.clone() -> log.clone() };
    let running = job.threads(1).start().expect("started");
    let mut entries = vec![];
    until("the sink", || {
        entries.extend(log.take());
        !entries.is_empty()
    });
    assert_eq!(entries, ["open"]);
    running.stop();
    running.wait().expect("stopped");
}

#[test]
fn a_report_and_its_listener_count_alike() {
    let (sender, receiver) = mpsc::channel();
    let batches = vec![vec![1, 2, 3], vec![], vec![4], vec![2, 2]];
    let job = stream! {
        source::batches(batches) -> key_by(|n| *n) -> count() as numbers -> distinct(|row| row.value) as counts -> sink::discard()
    };
    let report =
        job.threads(2).on_progress(move |progress| sender.send(*progress).expect("heard")).run().expect("runs");
    let heard: Vec<_> = receiver.iter().collect();
    assert_eq!(
        heard.iter().map(|progress| progress.epoch).collect::<Vec<_>>(),
        (1..=heard.len() as u64).collect::<Vec<_>>()
    );
    let records: Vec<u64> = heard.iter().map(|progress| progress.records).collect();
    assert!(records.is_sorted() && records.contains(&3) && records.contains(&4), "{records:?}");
    let last = heard.last().expect("batches");
    assert_eq!((last.records, last.bytes), (report.records, report.bytes));
    assert_eq!(last.total_bytes, Some(report.bytes));
    assert_eq!((report.batches, report.records, report.bytes), (3, 6, 24));
    let sizes: Vec<_> = report.state.iter().map(|(label, size)| (*label, size.keys, size.bytes > 0)).collect();
    assert_eq!(sizes, [("numbers", 4, true), ("counts", 2, true)]);
    let text = report.to_string();
    assert!(text.starts_with("6 records in 3 batches, "), "{text}");
}

/// Spark's fixed interval: what comes within it is one batch, and the batch clock moves by it.
#[test]
fn a_fixed_interval_forms_the_batches() {
    let clock = ManualClock::at(Duration::from_secs(1_000));
    let (feed, times) = (Feed::default(), Arc::new(Mutex::new(vec![])));
    let seen = times.clone();
    let job = stream! {
        #![batch(every = 10s)]
        feed.clone() -> sink::for_each_batch(move |batch, rows| seen.lock().expect("no panic").push((batch.time, rows)))
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    let epoch = || running.progress().map_or(0, |progress| progress.epoch);
    feed.send(vec![1]);
    feed.send(vec![2, 3]);
    until("the first poll", || feed.blocks.lock().expect("no panic").is_empty());
    assert_eq!(epoch(), 0, "the interval is not over");
    clock.advance(Duration::from_secs(10));
    until("the first batch", || epoch() == 1);
    feed.send(vec![4]);
    until("the next poll", || feed.blocks.lock().expect("no panic").is_empty());
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
    let (feed, log) = (Feed::default(), Log::default());
    let job = stream! {
        feed.clone()
            -> key_by(|n| n % 2)
            -> window(tumbling(10s, clock = processing))
            -> sum()
            -> map(|row| row.start.as_secs() * 1_000_000 + row.key * 1_000 + row.value)
            -> log.clone()
    };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.send(vec![2, 4]);
    until("the records", || records(&running) == 2);
    clock.advance(Duration::from_secs(4));
    feed.send(vec![6]);
    until("the record", || records(&running) == 3);
    assert_eq!(log.take(), ["open"], "the window is open at its eighth second");
    clock.advance(Duration::from_secs(3));
    let mut rows = vec![];
    until("the close", || {
        rows.extend(log.take());
        !rows.is_empty()
    });
    assert!(rows[0].ends_with(": [1000000012]"), "{rows:?}");
    feed.send(vec![3]);
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
    let (feed, times) = (Feed::default(), Arc::new(Mutex::new(vec![])));
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
        feed.send(vec![1]);
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
    let feed = Feed::default();
    let job = stream! { #![batch(every = 10s)] feed.clone() -> sink::discard() };
    let running = job.threads(1).clock(clock.clone()).start().expect("started");
    feed.send(vec![1]);
    until("the poll", || feed.blocks.lock().expect("no panic").is_empty());
    clock.set(1_000);
    feed.send(vec![2]);
    until("the poll at the earlier time", || feed.blocks.lock().expect("no panic").is_empty());
    // one more round of polls has seen the earlier time for sure
    feed.send(vec![]);
    until("another poll", || feed.blocks.lock().expect("no panic").is_empty());
    clock.set(1_011);
    until("the batch", || records(&running) == 2);
    clock.set(1_022);
    feed.send(vec![3]);
    until("the next batch", || records(&running) == 3);
    running.stop();
    running.wait().expect("stopped");
}

/// A connection that says nothing takes no place: the last of a hundred clients is heard although the first ones stay.
#[test]
fn silent_connections_hold_nobody_up() {
    use std::io::Write;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let job = stream! { tcp::listener(listener) -> map(|line| line.len()) -> sink::discard() };
    let running = job.start().expect("a thread");
    let mut clients = vec![];
    for number in 0..100 {
        let mut client = std::net::TcpStream::connect(address).expect("a connection");
        writeln!(client, "line {number}").expect("a line");
        clients.push(client);
    }
    until("a line of each client", || records(&running) == 100);
    running.stop();
    running.wait().expect("no failure");
}

/// Files that come one by one are partitions that end at once: their times still close windows.
#[test]
fn windows_over_watched_files_close() {
    let directory = tempfile::tempdir().expect("a directory");
    let rows = sink::collect::<(i64, u64)>();
    let job = stream! {
        file::watch(directory.path()).every(Duration::from_millis(5))
            -> timestamp(|line| Timestamp::from_secs(line.parse().expect("a number")))
            -> window(tumbling(10s))
            -> count()
            -> map(|row| (row.start.as_secs(), row.value))
            -> rows.clone()
    };
    let running = job.start().expect("a thread");
    for (number, file) in [(1, 1), (2, 2), (3, 3)] {
        let text = format!("{}\n{}\n", file * 10 + 1, file * 10 + 5);
        std::fs::write(directory.path().join(".new"), text).expect("written");
        std::fs::rename(directory.path().join(".new"), directory.path().join(format!("{file}.txt"))).expect("moved in");
        until("the file to be read", || records(&running) == number * 2);
    }
    until("two windows to close", || running.progress().is_some_and(|progress| progress.records == 6));
    running.stop();
    running.wait().expect("no failure");
    assert_eq!(rows.take(), [(10, 2), (20, 2)]);
}

/// A pane of a sliding window belongs to windows that have closed and to one that has not: only that one wakes the job.
#[test]
fn sliding_windows_on_the_batch_clock_make_a_batch_a_window() {
    let clock = ManualClock::at(Duration::from_secs(1_000));
    let feed = Feed::default();
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
    feed.send(vec![1]);
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
