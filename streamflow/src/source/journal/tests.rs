//! The journal by itself, on logs that fail, and in jobs that die.

use super::*;
use crate::checkpoint::{MemoryStorage, Storage};
use crate::commit::mutant;
use crate::commit::{Commit, CommitLog, Opening, Options, Replay, Schemas, Section};
use crate::source::{Pushed, Receipt, pushed};
use crate::testing::{Driver, Faults, Random, SimStorage};
use crate::{Checkpoint, sink, source, stream, tcp};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// A checkpoint that nobody looks into.
struct Unread;

impl Replay for Unread {
    fn begin(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn schemas(&mut self, _: &Schemas) -> Result<(), Error> {
        Ok(())
    }
    fn snapshot(&mut self, _: Section) -> Result<(), Error> {
        Ok(())
    }
    fn record(&mut self, _: &Commit) -> Result<(), Error> {
        Ok(())
    }
}

fn log_in(storage: impl Storage + 'static) -> CommitLog {
    let opening = Opening::lock(Box::new(storage), Options::default()).expect("free");
    opening.read(&mut Unread, None).expect("whole").begin(Schemas::default()).expect("written")
}

fn attached(log: &mut CommitLog, by_step: bool) -> Attached {
    let mut blocks = vec![];
    let opened = log.receivers(None, &mut |block| {
        blocks.push(block);
        Ok(())
    });
    Attached { log: opened.expect("read"), receiver: 0, blocks, by_step }
}

/// What is there now.
fn polled(journal: &mut Journal<Pushed>, budget: usize) -> Vec<String> {
    let mut records = vec![];
    while let Poll::Block { block, .. } = journal.poll(0, budget).expect("no failure") {
        Pushed::each(&block, |record| records.push(String::from_utf8_lossy(record).into_owned()));
    }
    records
}

#[test]
fn what_no_commit_has_taken_is_given_again_from_the_record_where_it_stood() {
    let storage = MemoryStorage::new();
    let (pusher, source) = pushed("words");
    let mut journal = source.journaled();
    let mut log = log_in(storage.clone());
    journal.open(&Signal::default()).expect("opens");
    journal.attach(attached(&mut log, true)).expect("attached");
    let receipts: Vec<Receipt> = ["a", "b", "c"].map(|word| pusher.push(word.as_bytes()).expect("taken")).into();
    assert!(receipts.iter().all(|receipt| !receipt.is_safe()), "nothing is durable before it is polled");
    // a budget of one record: the block is cut
    assert!(matches!(journal.poll(0, 5), Ok(Poll::Block { bytes: 5, .. })));
    assert!(receipts.iter().all(Receipt::is_safe));
    assert_eq!((journal.offset(0), journal.taken()), (Some((1, 5)), None));
    assert!(matches!(journal.poll(0, 5), Ok(Poll::Block { .. })));
    let stood = journal.offset(0).expect("it can go back");
    assert_eq!(polled(&mut journal, 100), ["c"]);
    assert_eq!(journal.taken(), Some(1));
    drop((log, journal));

    let mut log = log_in(storage);
    let (_, source) = pushed("words");
    let mut journal = source.journaled();
    journal.open(&Signal::default()).expect("opens");
    journal.seek(vec![Position { partition: String::new(), offset: stood, ended: false }]).expect("there");
    journal.attach(attached(&mut log, true)).expect("attached");
    assert_eq!(polled(&mut journal, 100), ["c"], "the commit has two of the three");
    assert_eq!(journal.taken(), Some(1));
}

/// A sender that forgets what it was told is durable, a disk that fails, and all that any life of the job has seen. What is missing.
fn forgotten(seed: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    let mut disk = SimStorage::new(random.next());
    let seen = sink::collect::<u64>();
    let (mut safe, total) = (0, 40);
    for life in 0.. {
        let faulty = life < 12;
        disk.set_faults(if faulty { Faults { crash: 15, error: 30, crash_at: 0 } } else { Faults::default() });
        let mut live = || -> Result<(), Error> {
            let (pusher, numbers) = pushed("numbers");
            let job = stream! { numbers.journaled() -> map(|n| u64::from(n[0])) -> seen.clone() };
            let checkpoint = Checkpoint::new(disk.clone()).snapshot_after(2);
            let mut driver = Driver::new(job.checkpoint(checkpoint).batch_bytes(5 + random.below(40)))?;
            let (mut receipts, mut next): (Vec<(u64, Receipt)>, u64) = (vec![], safe);
            while safe < total {
                for _ in 0..1 + random.below(3) {
                    receipts.push((next, pusher.push(&[next as u8])?));
                    next += 1;
                }
                let done = driver.batch();
                let told = receipts.iter().filter(|(_, receipt)| receipt.is_safe()).map(|(n, _)| n + 1).max();
                safe = safe.max(told.unwrap_or(0));
                done?;
            }
            drop(pusher);
            driver.finish().map(drop)
        };
        let done = live();
        if !faulty {
            done.expect("nothing fails any more");
            break;
        }
        if random.once_in(2) {
            disk.power_loss();
        }
        disk = disk.restart();
    }
    let rows = seen.take();
    (0..safe).filter(|n| !rows.contains(n)).collect()
}

#[test]
fn what_was_acknowledged_is_processed_whatever_fails() {
    for seed in 0..60 {
        assert_eq!(forgotten(seed), [0u64; 0], "seed {seed}");
    }
}

/// The test above would see it.
#[test]
fn an_acknowledgement_before_the_sync_would_lose_records() {
    let lost = |seed: &u64| !mutant::with("ToldBeforeDurable", || forgotten(*seed)).is_empty();
    assert!((0..60).find(lost).is_some(), "nothing was lost");
}

/// The generation of a log ends with a sync that failed, and the next one begins in the same process: the group is in the log or it is
/// not, and either way it is given once.
#[test]
fn a_group_with_which_the_log_failed_is_given_once() {
    let (mut there, mut written_again) = (0, 0);
    for seed in 0..40 {
        let disk = SimStorage::new(seed);
        let (pusher, source) = pushed("words");
        let mut journal = source.journaled();
        let mut log = log_in(disk.clone());
        journal.open(&Signal::default()).expect("opens");
        journal.attach(attached(&mut log, true)).expect("attached");
        let first = pusher.push(b"first").expect("taken");
        assert_eq!(polled(&mut journal, 100), ["first"]);
        let second = pusher.push(b"second").expect("taken");
        disk.set_faults(Faults { error: 2, ..Faults::default() });
        let Err(error) = journal.poll(0, 100) else { continue };
        assert!(error.to_string().contains("a simulated fault"), "{error}");
        assert!(first.is_safe() && !second.is_safe());
        disk.set_faults(Faults::default());
        drop(log);
        let mut log = log_in(disk.clone());
        let given = attached(&mut log, true);
        match given.blocks.len() {
            2 => there += 1,
            _ => written_again += 1,
        }
        journal.attach(given).expect("attached again");
        assert_eq!(polled(&mut journal, 100), ["first", "second"], "seed {seed}");
        assert!(second.is_safe());
    }
    assert!(there > 0 && written_again > 0, "{there} were there, {written_again} were not");
}

#[test]
fn a_log_whose_generation_is_over_leaves_the_records_to_the_next_one() {
    let storage = MemoryStorage::new();
    let (pusher, source) = pushed("words");
    let mut journal = source.journaled();
    let mut log = log_in(storage.clone());
    journal.open(&Signal::default()).expect("opens");
    journal.attach(attached(&mut log, false)).expect("attached");
    drop(log);
    let receipt = pusher.push(b"late").expect("taken");
    // the directory is free: the thread that receives does not hold it
    let mut log = log_in(storage);
    assert!(!receipt.is_safe());
    journal.attach(attached(&mut log, false)).expect("attached again");
    receipt.wait().expect("durable");
    assert_eq!(polled(&mut journal, 100), ["late"]);
}

/// A source without end that counts how often it was asked.
struct Endless(Arc<AtomicU64>);

impl Source for Endless {
    type Block = Vec<u8>;
    type Item<'b> = u8;
    type Offset = ();
    fn name(&self) -> String {
        "bytes".to_owned()
    }
    fn partition_name(&self, _: usize) -> String {
        "bytes".to_owned()
    }
    fn poll(&mut self, _: usize, budget: usize) -> Result<Poll<Vec<u8>>, Error> {
        self.0.fetch_add(budget as u64, SeqCst);
        Ok(Poll::Block { block: vec![7; budget], bytes: budget })
    }
    fn each<'b>(block: &'b Vec<u8>, each: impl FnMut(u8))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

impl Receive for Endless {
    fn store(block: &Vec<u8>, bytes: &mut Vec<u8>) {
        bytes.extend(block);
    }
    fn load(bytes: &[u8], budget: usize) -> Result<(Vec<u8>, usize), Error> {
        let used = budget.min(bytes.len());
        Ok((bytes[..used].to_vec(), used))
    }
}

#[test]
fn a_source_is_read_no_faster_than_the_engine_takes() {
    let read = Arc::new(AtomicU64::new(0));
    let mut journal = journaled(Endless(read.clone())).max_waiting(10_000).max_block(3_000).max_delay(Duration::ZERO);
    let mut log = log_in(MemoryStorage::new());
    let signal = Signal::default();
    journal.open(&signal).expect("opens");
    journal.attach(attached(&mut log, false)).expect("attached");
    let mut taken = 0;
    while taken < 100_000 {
        match journal.poll(0, 1_000).expect("reads") {
            Poll::Block { bytes, .. } => taken += bytes as u64,
            Poll::Pending => signal.wait(Duration::from_secs(5)),
            Poll::Ended => panic!("it has no end"),
        }
        // what waits, the block that is made durable, and the one that the engine has
        assert!(read.load(SeqCst) <= taken + 10_000 + 2 * 3_000, "{} were read", read.load(SeqCst));
    }
}

/// Two blocks, then what it is told to do.
struct Breaks(u64, fn() -> Result<Poll<Vec<u8>>, Error>);

impl Source for Breaks {
    type Block = Vec<u8>;
    type Item<'b> = u8;
    type Offset = ();
    fn name(&self) -> String {
        "a source that breaks".to_owned()
    }
    fn partition_name(&self, _: usize) -> String {
        "it".to_owned()
    }
    fn poll(&mut self, _: usize, _: usize) -> Result<Poll<Vec<u8>>, Error> {
        self.0 += 1;
        if self.0 > 2 { self.1() } else { Ok(Poll::Block { block: vec![1], bytes: 1 }) }
    }
    fn each<'b>(block: &'b Vec<u8>, each: impl FnMut(u8))
    where
        Self: 'b,
    {
        block.iter().copied().for_each(each);
    }
}

impl Receive for Breaks {
    fn store(block: &Vec<u8>, bytes: &mut Vec<u8>) {
        bytes.extend(block);
    }
    fn load(bytes: &[u8], _: usize) -> Result<(Vec<u8>, usize), Error> {
        Ok((bytes.to_vec(), bytes.len()))
    }
}

#[test]
fn what_came_before_an_error_or_a_panic_of_the_source_is_there_at_the_next_start() {
    let error: fn() -> Result<Poll<Vec<u8>>, Error> = || Err(Error::new(ErrorKind::Source, "the line is dead"));
    for (breaks, kind, text) in [
        (error, ErrorKind::Source, "the line is dead"),
        (|| panic!("as asked"), ErrorKind::Panic, "a source that breaks: the thread that receives has panicked"),
    ] {
        let (seen, storage) = (sink::collect::<u8>(), MemoryStorage::new());
        let job = |source: Breaks| {
            let source = journaled(source).max_delay(Duration::ZERO);
            stream! { source -> seen.clone() }.checkpoint(Checkpoint::new(storage.clone())).threads(1).run()
        };
        let ended = job(Breaks(0, breaks)).expect_err("it breaks");
        assert!(ended.kind() == kind && ended.to_string().contains(text), "{ended}");
        job(Breaks(2, || Ok(Poll::Ended))).expect("nothing breaks");
        // the batch that was formed when it broke may not have come to its end
        assert_eq!(seen.take(), [1, 1]);
    }
}

#[test]
fn without_a_directory_there_is_no_job() {
    let (_pusher, numbers) = pushed("numbers");
    let error = stream! { numbers.journaled() -> sink::discard() }.run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Settings);
    let text = error.to_string();
    assert!(
        text.contains("keep numbers that are pushed, through the receiver log, but it has no checkpoint directory"),
        "{text}"
    );
    assert!(text.contains("`#![checkpoint(\"directory\")]`"), "{text}");
}

/// Makes three records durable that no batch takes, and leaves.
fn leave_behind(storage: &MemoryStorage) {
    let (pusher, source) = pushed("words");
    let mut journal = source.journaled();
    let mut log = log_in(storage.clone());
    journal.open(&Signal::default()).expect("opens");
    journal.attach(attached(&mut log, false)).expect("attached");
    let receipts = ["one", "two", "three"].map(|word| pusher.push(word.as_bytes()).expect("taken"));
    receipts.iter().for_each(|receipt| receipt.wait().expect("durable"));
}

#[test]
fn what_was_acknowledged_is_not_left_behind_without_a_word() {
    let storage = MemoryStorage::new();
    leave_behind(&storage);
    let job = stream! { source::vec(vec![1]) -> sink::discard() }.checkpoint(Checkpoint::new(storage.clone()));
    let error = job.run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Checkpoint);
    assert!(error.to_string().contains("records that source 0 has received and no commit has taken"), "{error}");
    // with its source it goes on
    let (pusher, words) = pushed("words");
    drop(pusher);
    let seen = sink::collect::<usize>();
    let job = stream! { words.journaled() -> map(|word| word.len()) -> seen.clone() };
    job.checkpoint(Checkpoint::new(storage.clone())).run().expect("goes on");
    assert_eq!(seen.take(), [3, 3, 5]);
    // and when all is taken another pipeline may have the directory
    let job = stream! { source::vec(vec![1]) -> sink::discard() }.checkpoint(Checkpoint::new(storage));
    job.run().expect_err("a source of another kind has other offsets");
}

#[test]
fn a_job_that_is_stopped_keeps_what_it_has_acknowledged() {
    let storage = MemoryStorage::new();
    let (pusher, words) = pushed("words");
    let job = stream! { words.journaled().max_delay(Duration::from_secs(1000)) -> sink::discard() };
    let running = job.checkpoint(Checkpoint::new(storage.clone())).start().expect("starts");
    let receipt = pusher.push(b"last").expect("taken");
    running.stop();
    running.wait().expect("ends well");
    let kept = receipt.wait().is_ok();
    let mut log = log_in(storage);
    let found = attached(&mut log, true).blocks;
    assert_eq!(found.len(), usize::from(kept), "acknowledged and not there, or there without a word: {found:?}");
    assert!(pusher.push(b"later").is_err_and(|error| error.kind() == ErrorKind::Closed));
}

/// A job behind a listener, on a thread of its own.
fn served(storage: &MemoryStorage, lines: sink::Collect<String>) -> (std::net::SocketAddr, crate::Running) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address");
    let clients = tcp::listener(listener).max_line(20).too_long(source::OnBad::Skip).journaled().acknowledge();
    let job = stream! { clients.max_delay(Duration::ZERO) -> map(|line| line.to_owned()) -> lines };
    (address, job.checkpoint(Checkpoint::new(storage.clone())).start().expect("starts"))
}

#[test]
fn clients_are_told_how_many_of_their_lines_are_durable() {
    let (storage, lines) = (MemoryStorage::new(), sink::collect::<String>());
    let (address, running) = served(&storage, lines.clone());
    let mut first = TcpStream::connect(address).expect("connected");
    let mut answers = BufReader::new(first.try_clone().expect("a second handle"));
    let mut told = |wanted: &str| {
        let mut answer = String::new();
        while answer.trim_end() != wanted {
            answer.clear();
            assert_ne!(answers.read_line(&mut answer).expect("an answer"), 0, "the connection has ended");
        }
    };
    first.write_all(b"one\ntwo\nthr").expect("sent");
    told("2");
    // a line that is left out has been dealt with
    first.write_all(b"ee\nmuch too long for a line of this job\n").expect("sent");
    told("4");
    // the last line has no ending, so it has not been sent; and who only reads any more is answered all the same
    first.write_all(b"five\nhal").expect("sent");
    first.shutdown(Shutdown::Write).expect("half closed");
    told("5");
    let mut rest = String::new();
    answers.read_to_string(&mut rest).expect("the end");
    assert_eq!(rest, "");

    let mut second = TcpStream::connect(address).expect("connected");
    second.write_all(b"alone\n").expect("sent");
    let mut answer = String::new();
    BufReader::new(&second).read_line(&mut answer).expect("an answer");
    assert_eq!(answer, "1\n", "each connection counts its own");
    running.stop();
    let report = running.wait().expect("ends well");
    assert_eq!(report.skipped, 1);
    // what was durable and not in the last batch is there at the next start
    let (_, running) = served(&storage, lines.clone());
    let expected = ["one", "two", "three", "five", "alone"];
    let mut seen = vec![];
    while seen.len() < expected.len() {
        seen.extend(lines.take());
        std::thread::sleep(Duration::from_millis(1));
    }
    running.stop();
    running.wait().expect("ends well");
    assert_eq!(seen, expected);
}

#[test]
fn the_lines_of_a_server_go_through_the_log() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = listener.local_addr().expect("an address");
    let server =
        std::thread::spawn(move || listener.accept().expect("accepted").0.write_all(b"one\ntwo\n").expect("sent"));
    let seen = sink::collect::<String>();
    let job = stream! { tcp::lines(address).journaled() -> map(|line| line.to_owned()) -> seen.clone() };
    job.checkpoint(Checkpoint::new(MemoryStorage::new())).run().expect("ends with the connection");
    server.join().expect("served");
    assert_eq!(seen.take(), ["one", "two"]);
}

#[test]
fn what_is_taken_is_deleted_behind_manifests() {
    let storage = MemoryStorage::new();
    let files = || storage.list().expect("files").into_iter().filter(|name| name.starts_with("rx-")).count();
    for start in 0..6 {
        let (pusher, words) = pushed("words");
        let job = stream! { words.journaled() -> sink::discard() };
        let mut driver =
            Driver::new(job.checkpoint(Checkpoint::new(storage.clone()).snapshot_after(1))).expect("starts");
        for word in 0..4 {
            let _ = pusher.push(&[word; 100]).expect("taken");
            driver.batch().expect("no failure");
        }
        driver.stop().expect("ends well");
        assert!(files() <= 2, "{} files behind start {start}", files());
    }
}

/// Two receivers of one job share the log; each goes on behind its own blocks.
#[test]
fn receivers_of_a_job_do_not_take_each_others_blocks() {
    let storage = MemoryStorage::new();
    let mut expected = vec![];
    let seen = sink::collect::<String>();
    for start in 0..4 {
        let ((to_one, one), (to_two, two)) = (pushed("one"), pushed("two"));
        let text = |record: &[u8]| String::from_utf8_lossy(record).into_owned();
        let job = stream! {
            let ones = one.journaled() -> map(text);
            let twos = two.journaled() -> map(text);
            merge(ones, twos) -> seen.clone()
        };
        let mut driver = Driver::new(job.checkpoint(Checkpoint::new(storage.clone())).batch_bytes(20)).expect("starts");
        let mut receipts = vec![];
        for n in 0..5 {
            for (name, pusher) in [("one", &to_one), ("two", &to_two)] {
                let word = format!("{name} {start} {n}");
                receipts.push((pusher.push(word.as_bytes()).expect("taken"), word));
            }
        }
        // some of what is durable is taken; then the job dies
        driver.batch().expect("no failure");
        driver.batch().expect("no failure");
        drop(driver);
        expected.extend(receipts.into_iter().filter(|(receipt, _)| receipt.is_safe()).map(|(_, word)| word));
    }
    assert!(expected.len() >= 20, "{} are durable", expected.len());
    let ((to_one, one), (to_two, two)) = (pushed("one"), pushed("two"));
    drop((to_one, to_two));
    let text = |record: &[u8]| String::from_utf8_lossy(record).into_owned();
    let job = stream! {
        let ones = one.journaled() -> map(text);
        let twos = two.journaled() -> map(text);
        merge(ones, twos) -> seen.clone()
    };
    job.checkpoint(Checkpoint::new(storage)).run().expect("goes on");
    let mut seen = seen.take();
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}
