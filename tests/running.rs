//! A job as a whole: how it is started, watched and stopped, and what it reports.

mod feed;

use feed::{Log, records, until};
use std::sync::mpsc;
use std::time::Duration;
use streamflow::testing::input;
use streamflow::{Checkpoint, EndedBy, Snapshots, Status, Timestamp, file, sink, source, stream, tcp};

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
        let (feed, rows) = (input::<i64>(), sink::collect::<u64>());
        let job = stream! {
            feed.clone()
                -> timestamp(|second| Timestamp::from_secs(*second))
                -> window(tumbling(10s))
                -> count()
                -> map(|row| row.value)
                -> rows.clone()
        };
        let running = job.start().expect("a thread");
        feed.extend(vec![1, 2, 11, 12, 13]);
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
    let feed = input::<i64>();
    let log = Log::default();
    let job = stream! { feed.clone() -> map(|n| n + 1) -> log.clone() };
    let running = job.threads(1).start().expect("started");
    feed.extend(vec![1, 2]);
    until("two records", || records(&running) == 2);
    feed.extend(vec![3]);
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
    let feed = input::<i64>();
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
    let (feed, log) = (input::<i64>(), Log::default());
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
    assert_eq!((report.batches, report.records, report.bytes), (4, 6, 24));
    let sizes: Vec<_> = report.state.iter().map(|(label, size)| (*label, size.keys, size.bytes > 0)).collect();
    assert_eq!(sizes, [("numbers", 4, true), ("counts", 2, true)]);
    let text = report.to_string();
    assert!(text.starts_with("6 records in 4 batches, "), "{text}");
}

/// Only the state is paused for, not the disk; and without a directory there is nothing to count.
#[test]
fn a_report_counts_snapshots_and_the_longest_pause_of_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let run = |checkpoint: Option<Checkpoint>| {
        let numbers = source::generate_unpaced(|n| n).limit(100_000);
        let job = stream! { numbers -> key_by(|n| *n % 1_000) -> count() as counts -> sink::discard() };
        let job = job.batch_bytes(16_000);
        checkpoint.into_iter().fold(job, |job, checkpoint| job.checkpoint(checkpoint)).run().expect("runs")
    };
    assert_eq!(run(None).snapshots, Snapshots::default());
    let never = Checkpoint::from(directory.path().join("never")).snapshot_after(1 << 30);
    assert_eq!(run(Some(never)).snapshots, Snapshots::default());
    let report = run(Some(Checkpoint::from(directory.path().join("often")).snapshot_after(5)));
    let Snapshots { written, longest_pause, .. } = report.snapshots;
    assert!(written > 0 && written < report.batches, "{written} snapshots in {} batches", report.batches);
    assert!(!longest_pause.is_zero() && longest_pause < report.elapsed, "{longest_pause:?}");
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
