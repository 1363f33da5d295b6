//! Jobs with a checkpoint directory whose sinks fail in the middle of a commit, and go on: every result is there once, in real
//! files.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use streamflow::sink::{Fence, Held, Idempotent, Prepared};
use streamflow::{BatchInfo, EndedBy, Error, ErrorKind, Sink, Warning, file, sink, source, stream};

/// A sink that fails at its commits, in turn before it has done its work and after.
struct Unlucky<'n, K> {
    sink: K,
    commits: &'n mut u32,
}

impl<K: Idempotent> Idempotent for Unlucky<'_, K> {}

impl<T, K: Sink<T>> Sink<T> for Unlucky<'_, K> {
    type Part = K::Part;

    fn name(&self) -> String {
        self.sink.name()
    }

    fn part(&self) -> K::Part {
        self.sink.part()
    }

    fn push(part: &mut K::Part, item: T) {
        K::push(part, item);
    }

    fn fence(&mut self, fence: Fence) -> Result<Held, Error> {
        self.sink.fence(fence)
    }

    fn open(&mut self) -> Result<(), Error> {
        self.sink.open()
    }

    fn deliver(&mut self, batch: BatchInfo, parts: Vec<K::Part>) -> Result<(), Error> {
        self.sink.deliver(batch, parts)
    }

    fn prepare(&mut self, batch: BatchInfo, parts: Vec<K::Part>) -> Result<Prepared, Error> {
        self.sink.prepare(batch, parts)
    }

    fn commit(&mut self, batch: BatchInfo, prepared: &[u8]) -> Result<(), Error> {
        *self.commits += 1;
        let lost = || Error::new(ErrorKind::Sink, "the power is out");
        match *self.commits % 6 {
            3 => Err(lost()),
            0 => self.sink.commit(batch, prepared).and_then(|()| Err(lost())),
            _ => self.sink.commit(batch, prepared),
        }
    }

    fn settle(&mut self) -> Result<(), Error> {
        self.sink.settle()
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.sink.finish()
    }
}

/// Runs until it ends without an error; how often it did not.
fn persist(mut run: impl FnMut() -> Result<(), Error>) -> u32 {
    for failures in 0..1000 {
        match run() {
            Ok(()) => return failures,
            Err(error) => assert_eq!(error.to_string(), "the power is out"),
        }
    }
    panic!("it makes no progress");
}

/// All lines of the files in a directory that can be seen, file after file.
fn lines(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("listed").map(|entry| entry.expect("listed").path());
    let visible = |path: &Path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let mut paths: Vec<_> = entries.filter(|path| visible(path)).collect();
    paths.sort();
    let read = |path| fs::read_to_string(path).expect("read");
    paths.into_iter().flat_map(|path| read(path).lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Some files of numbers, and all numbers.
fn input(directory: &Path) -> Vec<String> {
    let numbers: Vec<String> = (0..300).map(|n: u32| n.wrapping_mul(7919).to_string()).collect();
    for (file, part) in numbers.chunks(110).enumerate() {
        fs::write(directory.join(format!("{file}.txt")), part.join("\n")).expect("written");
    }
    numbers
}

/// Every line of several files, and their number so far, through a sink that fails.
fn every_line_once<K>(make: impl Fn(&Path) -> K)
where
    K: for<'b> Sink<&'b str> + Sink<u64> + Idempotent,
{
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    fs::create_dir(path("in")).expect("made");
    let mut expected = input(&path("in"));
    let (mut for_lines, mut for_counts) = (0, 1);
    let failures = persist(|| {
        let lines = Unlucky { sink: make(&path("lines/out")), commits: &mut for_lines };
        let counts = Unlucky { sink: make(&path("counts/out")), commits: &mut for_counts };
        let job = stream! {
            #![name = "once"]
            #![delivery(exactly_once)]
            #![checkpoint(path("state"))]
            file::lines(path("in").join("*.txt")) -> split {
                lines => lines,
                counts => count() as seen -> counts,
            }
        };
        job.threads(2).chunk_bytes(16).batch_bytes(64).run().map(|_| ())
    });
    assert!(failures > 5, "{failures} failures are no test");
    let mut found = lines(&path("lines"));
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let counts: Vec<u64> = lines(&path("counts")).iter().map(|count| count.parse().expect("a number")).collect();
    assert_eq!(counts.len(), counts.iter().collect::<BTreeSet<_>>().len(), "a count twice: {counts:?}");
    assert_eq!(counts.iter().max(), Some(&300), "the count went on where it stood");
}

#[test]
fn part_files_hold_every_line_once() {
    every_line_once(|path| file::parts(path.parent().expect("a directory")));
}

#[test]
fn files_of_batches_hold_every_line_once() {
    every_line_once(|path| file::batches(path, "txt"));
}

#[test]
fn one_file_holds_every_line_once() {
    every_line_once(|path| file::write(path));
}

#[test]
fn a_job_that_is_done_has_nothing_to_do() -> Result<(), Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let run = |numbers: Vec<u32>| {
        let job = stream! {
            #![delivery(exactly_once)]
            source::vec(numbers) -> file::write(directory.path().join("out"))
        };
        job.checkpoint(directory.path().join("state")).run()
    };
    assert_eq!(run(vec![1, 2])?.records, 2);
    assert_eq!(run(vec![1, 2])?.records, 0);
    assert_eq!(fs::read_to_string(directory.path().join("out")).expect("read"), "1\n2\n");
    let error = run(vec![1]).expect_err("the input is not what it was");
    assert!(error.to_string().starts_with("`memory 0` has 1 records, but 2 of it have been committed"), "{error}");
    Ok(())
}

/// Keeps what it gets, and fails now and then: before it has done so, and after. It cannot tell what it holds.
#[derive(Default)]
struct Careless {
    held: Vec<u64>,
    deliveries: u32,
    /// Of batches that it was given and did not keep.
    lost: Vec<u64>,
}

impl Sink<u64> for &mut Careless {
    type Part = Vec<u64>;

    fn name(&self) -> String {
        "a careless one".to_owned()
    }

    fn part(&self) -> Vec<u64> {
        vec![]
    }

    fn push(part: &mut Vec<u64>, item: u64) {
        part.push(item);
    }

    fn deliver(&mut self, _: BatchInfo, parts: Vec<Vec<u64>>) -> Result<(), Error> {
        self.deliveries += 1;
        let failed = || Err(Error::new(ErrorKind::Sink, "the power is out"));
        match self.deliveries % 6 {
            3 => {
                self.lost.extend(parts.concat());
                failed()
            }
            keeps => {
                self.held.extend(parts.concat());
                if keeps == 0 { failed() } else { Ok(()) }
            }
        }
    }
}

#[test]
fn at_most_once_gives_no_result_twice_and_loses_those_that_were_under_way() {
    let directory = tempfile::tempdir().expect("a directory");
    let (mut numbers, mut sums, mut undelivered) = (Careless::default(), Careless::default(), 0);
    sums.deliveries = 1;
    let failures = persist(|| {
        let job = stream! {
            #![delivery(at_most_once)]
            #![checkpoint(directory.path())]
            source::vec((1..=3_000u64).collect()) -> split {
                all => &mut numbers,
                sums => sum() as total -> &mut sums,
            }
        };
        // the number of the batch that has failed, at the next start
        let (tell, told) = std::sync::mpsc::channel();
        let job = job.threads(2).chunk_bytes(80).batch_bytes(320).on_warning(move |warning| {
            if let Warning::Undelivered { epoch } = warning {
                tell.send(*epoch).expect("the test listens");
            }
        });
        let report = job.run();
        undelivered += told.iter().count();
        report.map(|_| ())
    });
    assert!(failures > 5, "{failures} failures are no test");
    assert_eq!(undelivered, failures as usize, "each is told at the next start");
    // each number once: with the sink, or with a batch that was lost; a sink behind one that fails does not get its batch either
    let seen: BTreeSet<u64> = numbers.held.iter().copied().collect();
    assert_eq!(seen.len(), numbers.held.len(), "a number twice");
    assert!(numbers.lost.iter().all(|number| !seen.contains(number)), "what has failed is not tried again");
    let missing = 3_000 - seen.len();
    assert!(
        missing > 0 && missing <= failures as usize * 40,
        "{missing} of 40 a batch are missing after {failures} failures"
    );
    // the state has all of them
    let distinct: BTreeSet<u64> = sums.held.iter().copied().collect();
    assert_eq!(distinct.len(), sums.held.len(), "a sum twice");
    assert!(sums.held.is_sorted(), "{:?}", sums.held);
    let last = sums.held.iter().chain(&sums.lost).max();
    assert!(last <= Some(&(3_000 * 3_001 / 2)), "a number was added twice");
    let directory = directory.path();
    let again = sink::collect();
    let job = stream! {
        #![delivery(at_most_once)]
        #![checkpoint(directory)]
        source::vec((1..=3_001u64).collect()) -> split { all => sink::discard(), sums => sum() as total -> again.clone() }
    };
    let report = job.run().expect("runs");
    assert_eq!((report.records, again.take()), (1, vec![3_001 * 3_002 / 2]));
}

#[test]
fn at_most_once_gives_up_what_another_promise_has_left_in_the_log() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = |name: &str| directory.path().join(name);
    let mut commits = 2;
    let job = stream! {
        #![delivery(exactly_once)]
        #![checkpoint(path("state"))]
        source::vec(vec![1, 2]) -> Unlucky { sink: file::write(path("out")), commits: &mut commits }
    };
    assert_eq!(job.run().expect_err("the sink fails").to_string(), "the power is out");
    let more = || {
        stream! {
            #![delivery(at_most_once)]
            #![checkpoint(path("state"))]
            source::vec(vec![1, 2, 3]) -> file::write(path("out"))
        }
    };
    let report = more().run().expect("runs");
    assert_eq!((report.records, report.undelivered), (1, 1), "{report}");
    assert!(report.to_string().ends_with(", batches that may not have been delivered: 1"), "{report}");
    assert_eq!(fs::read_to_string(path("out")).expect("read"), "3\n");
    assert_eq!(more().run().expect("runs").undelivered, 0, "all is delivered");
}

#[test]
fn a_reader_that_goes_ends_a_job_that_delivers_at_most_once() {
    let directory = tempfile::tempdir().expect("a directory");
    let gone = sink::for_each(|_: u64| Err(Error::new(ErrorKind::Closed, "nobody reads")));
    let job = stream! { #![delivery(at_most_once)] source::vec((0..1_000).collect()) -> gone };
    let report = job.checkpoint(directory.path()).batch_bytes(80).run().expect("no error");
    assert_eq!(report.ended_by, EndedBy::Closed);
}

#[test]
fn at_most_once_needs_a_checkpoint_directory() {
    let job = stream! { #![delivery(at_most_once)] source::vec(vec![1]) -> sink::discard() };
    let error = job.run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Settings);
    assert!(error.to_string().starts_with("job `job` is to deliver at most once, but it has no checkpoint"), "{error}");
}

#[test]
fn exactly_once_needs_a_checkpoint_directory() {
    let job = stream! {
        #![name = "orders"]
        #![delivery(exactly_once)]
        source::vec(vec![1]) -> sink::discard()
    };
    let error = job.run().expect_err("refused");
    assert_eq!(error.kind(), ErrorKind::Settings);
    let text = "job `orders` is to deliver exactly once, but it has no checkpoint directory; add `#![checkpoint(";
    assert!(error.to_string().starts_with(text), "{error}");
}
