//! Real files, in a directory of each test's own.

use super::*;
use crate::ErrorKind;
use crate::source::OnBad;
use crate::source::testing::{everywhere, rounds, texts};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tempfile::{TempDir, tempdir};

fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempdir().expect("a directory");
    for (name, content) in files {
        fs::write(directory.path().join(name), content).expect("written");
    }
    directory
}

fn open_error(paths: impl Into<Paths>) -> String {
    let mut source = lines(paths);
    let opened = source.open(&Signal::default()).and_then(|()| source.partitions());
    let error = opened.expect_err("refused before anything is read");
    assert_eq!(error.kind(), ErrorKind::Source);
    error.to_string()
}

#[test]
fn files_of_a_pattern_are_partitions_sorted_by_path() {
    let directory = directory(&[("b.txt", b"3\n4"), ("a.txt", b"1\r\n2\n"), ("c.csv", b"no"), (".d.txt", b"no")]);
    fs::create_dir(directory.path().join("e.txt")).expect("created");
    for budget in [1, 2, 3, 1000] {
        let mut source = lines(directory.path().join("*.txt"));
        let mut seen =
            rounds(&mut source, budget, |partition, line| (partition, line.to_owned())).expect("reads").concat();
        seen.sort();
        let expected = [(0, "1"), (0, "2"), (1, "3"), (1, "4")].map(|(p, l)| (p, l.to_owned()));
        assert_eq!(seen, expected, "budget {budget}");
        assert!(source.partition_name(0).ends_with("a.txt"));
        assert_eq!(source.total_bytes(), Some(8));
    }
}

#[test]
fn paths_are_given_in_many_forms_and_each_file_is_read_once() {
    let directory = directory(&[("a[1].txt", b"odd name\n"), ("b.txt", b"b\n")]);
    let odd = directory.path().join("a[1].txt");
    let all = directory.path().join("*.txt");
    let text = all.to_str().expect("text").to_owned();
    for paths in [
        Paths::from(vec![odd.clone(), all.clone()]),
        Paths::from(text.as_str()),
        Paths::from(text.clone()),
        Paths::from(all.as_path()),
        Paths::from([&all, &odd]),
    ] {
        assert_eq!(texts(&mut lines(paths), 100).expect("reads"), ["odd name", "b"]);
    }
}

#[test]
fn a_block_holds_about_the_budget_and_its_memory_is_used_again() {
    let directory = directory(&[("a", "0123456789\n".repeat(1000).as_bytes())]);
    let mut source = lines(directory.path().join("a"));
    source.open(&Signal::default()).expect("opens");
    let mut total = 0;
    loop {
        match source.poll(0, 100).expect("reads") {
            Poll::Block { block, bytes } => {
                assert!(bytes <= 100);
                total += bytes as u64;
                source.recycle(block);
            }
            Poll::Pending => panic!("files do not wait"),
            Poll::Ended => break,
        }
    }
    assert_eq!(Some(total), source.total_bytes(), "a progress bar reaches its end");
}

#[test]
fn what_is_missing_is_known_at_once() {
    let directory = directory(&[("a.txt", b"")]);
    let path = directory.path();
    let text = open_error(path.join("b.txt"));
    assert!(text.contains("b.txt` does not exist; check the path"), "{text}");
    assert!(!text.contains("relative"), "{text}");
    let text = open_error("no such file.txt");
    assert!(text.contains("`no such file.txt` does not exist; check the path; it is relative to `/"), "{text}");
    let text = open_error(path.join("*.csv"));
    assert!(text.contains("no file matches `") && text.contains("*.csv"), "{text}");
    let text = open_error(vec![path.join("a.txt"), path.to_owned()]);
    assert!(text.contains("is a directory; read its files with a pattern"), "{text}");
    assert!(open_error("a***b").contains("is not a glob pattern"));
    assert!(open_error(Vec::<PathBuf>::new()).contains("no file is given"));
}

#[test]
fn a_file_that_goes_away_is_an_error_with_its_name() {
    let directory = directory(&[("a.txt", b"a")]);
    let path = directory.path().join("a.txt");
    let mut source = lines(&path);
    source.open(&Signal::default()).expect("opens");
    fs::remove_file(&path).expect("removed");
    let error = source.poll(0, 10).expect_err("gone");
    assert!(error.to_string().contains("a.txt` does not exist"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error_with_its_name() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory(&[("a.txt", b"a")]);
    let path = directory.path().join("a.txt");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).expect("set");
    if fs::File::open(&path).is_ok() {
        return; // The user that runs the test may read everything.
    }
    let error = texts(&mut lines(&path), 10).expect_err("refused");
    assert!(error.to_string().contains("a.txt` may not be read"), "{error}");
}

#[test]
fn a_compressed_file_names_its_reader() {
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0];
    let zstd: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0];
    let directory = directory(&[("a.gz", gzip), ("a.zst", zstd)]);
    for (name, reader) in [("a.gz", "streamflow_io::gzip"), ("a.zst", "streamflow_io::zstd")] {
        let error = texts(&mut lines(directory.path().join(name)), 10).expect_err("refused");
        assert!(error.to_string().contains(&format!("`{reader}::lines(..)`")), "{error}");
    }
}

#[test]
fn the_place_of_a_bad_line_is_its_file_and_number() {
    let content = ["line\n".repeat(5000).as_bytes(), b"\xff\n"].concat();
    let directory = directory(&[("a.txt", &content)]);
    let path = directory.path().join("a.txt");
    let error = texts(&mut lines(&path), 64).expect_err("bad");
    let place = format!("at `{}` line 5001", path.display());
    assert!(error.to_string().contains(&place), "{error}");
    let mut skipping = lines(&path).invalid_utf8(OnBad::Skip);
    assert_eq!(texts(&mut skipping, 64).expect("skips").len(), 5000);
    assert_eq!(skipping.skipped(), 1);
}

#[test]
fn a_line_over_the_limit_is_not_kept_in_memory() {
    let content = ["a\n".as_bytes(), &[b'x'; 100_000], b"\nb\n"].concat();
    let directory = directory(&[("a.txt", &content)]);
    let mut source = lines(directory.path().join("a.txt")).max_line(10).too_long(OnBad::Replace);
    assert_eq!(texts(&mut source, 50).expect("cut"), ["a", "xxxxxxxxxx", "b"]);
    let buffer = source.reader.rules.buffer();
    assert!(buffer.capacity() < 1000, "a buffer grew to {}", buffer.capacity());
}

#[test]
fn more_files_than_may_be_open_are_read_in_turns() {
    let directory = tempdir().expect("a directory");
    for file in 0..300 {
        fs::write(directory.path().join(format!("{file:03}")), "1\n2\n3\n").expect("written");
    }
    let mut source = lines(directory.path().join("*"));
    source.open(&Signal::default()).expect("opens");
    let polls = (0..300).map(|partition| source.poll(partition, 2).expect("reads"));
    let refused = polls.filter(|poll| matches!(poll, Poll::Pending)).count();
    assert_eq!(refused, 300 - 128);
    let mut source = lines(directory.path().join("*"));
    assert_eq!(texts(&mut source, 2).expect("reads").len(), 900);
    assert_eq!(source.reader.poll_after(), None);
}

#[test]
fn what_a_decoder_reports_has_the_file_and_the_line() {
    use std::io::{self, Read};
    struct Broken(usize);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 1 {
                return Err(io::Error::other("damaged"));
            }
            buffer[..6].copy_from_slice(b"1\n2\n3\n");
            Ok(6)
        }
    }
    let directory = directory(&[("a", b"")]);
    let mut source = lines(directory.path().join("a")).decoder(|_| Ok(Box::new(Broken(0))));
    assert_eq!(source.total_bytes(), None);
    let error = texts(&mut source, 100).expect_err("damaged");
    assert!(error.to_string().contains("a` line 4; check that the file is complete"), "{error}");
}

/// Where a file stood at the last commit.
fn at(path: &Path, offset: Offset, ended: bool) -> Position<Offset> {
    Position { partition: path.display().to_string(), offset, ended }
}

fn go_on(mut source: Lines, positions: Vec<Position<Offset>>) -> Result<Vec<String>, Error> {
    let ended: Vec<bool> = positions.iter().map(|position| position.ended).collect();
    source.open(&Signal::default())?;
    source.seek(positions)?;
    let mut seen = vec![];
    for partition in (0..source.partitions()?).filter(|number| !ended.get(*number).is_some_and(|ended| *ended)) {
        while let Poll::Block { block, .. } = source.poll(partition, 5)? {
            Lines::each(&block, |line| seen.push(line.to_owned()));
        }
    }
    Ok(seen)
}

#[test]
fn files_are_read_on_wherever_they_stopped() {
    let content: &[(&str, &[u8])] = &[
        ("a.txt", b"one\r\n\ntwo\nfar too long for the limit\nx\xffx\nlast"),
        ("b.txt", b""),
        ("c.txt", b"\n\nthree\n"),
        ("d.txt", b"also too long, and at the end of the file"),
    ];
    let directory = directory(content);
    for bad in [OnBad::Skip, OnBad::Replace] {
        for budget in [1, 3, 7, 1000] {
            let source = || {
                let paths = directory.path().join("*.txt");
                lines(paths).max_line(8).too_long(bad.clone()).invalid_utf8(bad.clone())
            };
            everywhere(source, budget, |_, line| line.to_owned());
            let decoded = || source().decoder(|file| Ok(Box::new(file)));
            everywhere(decoded, budget, |_, line| line.to_owned());
        }
    }
}

#[test]
fn errors_after_going_back_name_the_line_of_the_file() {
    let directory = directory(&[("a.txt", b"one\ntwo\n\xff\n")]);
    let path = directory.path().join("a.txt");
    let error = go_on(lines(&path), vec![at(&path, (4, 1, false), false)]).expect_err("bad");
    assert!(error.to_string().contains("a.txt` line 3"), "{error}");
}

#[test]
fn partitions_keep_their_numbers_and_new_files_stand_behind() {
    let directory = directory(&[("a", b"new\n"), ("b", b"b1\nb2\n"), ("c", b"c1\n")]);
    let path = |name: &str| directory.path().join(name);
    let mut source = lines(path("*"));
    source.open(&Signal::default()).expect("opens");
    let gone = path("gone");
    source
        .seek(vec![
            at(&path("c"), (3, 1, false), true),
            at(&gone, (9, 2, false), true),
            at(&path("b"), (3, 1, false), false),
        ])
        .expect("goes back");
    let names: Vec<_> = (0..source.partitions().expect("known")).map(|number| source.partition_name(number)).collect();
    assert_eq!(names, ["c", "gone", "b", "a"].map(|name| path(name).display().to_string()));
    assert_eq!(source.offset(1), Some((9, 2, false)), "the log may ask for it again");
    assert_eq!(source.total_bytes(), Some(3 + 4), "what is left of `b`, and `a`");
    assert!(matches!(source.poll(0, 10), Ok(Poll::Ended)));
    assert!(matches!(source.poll(1, 10), Ok(Poll::Ended)));
    assert_eq!(
        go_on(lines(path("*")), vec![at(&path("b"), (3, 1, false), false)]).expect("reads"),
        ["b2", "new", "c1"]
    );
}

#[test]
fn a_file_that_was_read_to_its_end_may_be_gone() {
    let directory = directory(&[("b", b"b\n")]);
    let path = |name: &str| directory.path().join(name);
    let ended = || vec![at(&path("a.log"), (5, 1, false), true)];
    for paths in [Paths::from(vec![path("a.log"), path("b")]), Paths::from(vec![path("*.log"), path("b")])] {
        assert_eq!(go_on(lines(paths.clone()), ended()).expect("reads"), ["b"]);
        let other = vec![at(&path("b"), (0, 0, false), false)];
        let error = go_on(lines(paths.clone()), other).expect_err("it was not read to its end");
        assert!(
            error.to_string().contains("does not exist") || error.to_string().contains("no file matches"),
            "{error}"
        );
        let half = vec![at(&path("a.log"), (5, 1, false), false)];
        let error = go_on(lines(paths), half).expect_err("it was not read to its end").to_string();
        assert!(
            error.contains("a.log` is gone, but only 5 bytes of it have been committed; put the file back"),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_is_not_what_it_was_is_refused() {
    let directory = directory(&[("a", b"one\ntwo\nthree")]);
    let path = directory.path().join("a");
    let decoded = || lines(&path).decoder(|file| Ok(Box::new(file)));
    for source in [|path: &Path| lines(path), |path: &Path| lines(path).decoder(|file| Ok(Box::new(file)))] {
        let read = |offset| go_on(source(&path), vec![at(&path, offset, false)]);
        assert_eq!(read((8, 2, false)).expect("reads"), ["three"]);
        assert_eq!(read((13, 2, false)).expect("reads"), [""; 0], "a last line without an end");
        assert_eq!(read((5, 1, true)).expect("reads"), ["three"], "the rest of a line over the limit");
        let error = read((14, 3, false)).expect_err("shorter").to_string();
        assert!(error.contains("a` has 13 bytes, but 14 of it have been committed; put the file back"), "{error}");
        let error = read((6, 1, false)).expect_err("changed").to_string();
        assert!(error.contains("a` is another file than before: no line begins at byte 6"), "{error}");
    }
    // what a decoder makes of a file is known only when it is read
    let mut source = decoded();
    source.open(&Signal::default()).expect("opens");
    source.seek(vec![at(&path, (14, 3, false), false)]).expect("not looked at yet");
}

#[test]
fn a_watched_directory_is_read_on() {
    let directory = directory(&[("a", b"a1\na2\n"), ("b", b"b1\n")]);
    let path = |name: &str| directory.path().join(name);
    for new_only in [false, true] {
        let source = || {
            let source = watch(directory.path()).every(Duration::ZERO);
            if new_only { source.new_only() } else { source }
        };
        let mut first = source();
        first.open(&Signal::default()).expect("opens");
        let before = now(&mut first);
        assert_eq!(before.len(), if new_only { 0 } else { 3 });
        // files that are left out are partitions without records: the log then knows them
        assert_eq!(first.partitions().expect("lists"), 2);
        let mut second = source();
        second.open(&Signal::default()).expect("opens");
        let half = vec![at(&path("gone"), (3, 1, false), true), at(&path("a"), (3, 1, false), false)];
        second.seek(half).expect("goes back");
        assert_eq!(now(&mut second), ["a2", "b1"], "also a file that came while nobody watched");
        fs::write(path("gone"), "came back\n").expect("written");
        assert_eq!(now(&mut second), [""; 0], "a name is read once");
        fs::remove_file(path("gone")).expect("removed");
        let mut third = source();
        third.open(&Signal::default()).expect("opens");
        let error = third.seek(vec![at(&path("gone"), (3, 1, false), false)]).expect_err("refused");
        assert!(error.to_string().contains("gone` is gone"), "{error}");
    }
}

/// Polls until nothing comes any more.
fn now(source: &mut Watch) -> Vec<String> {
    let mut seen = Vec::new();
    for partition in 0..source.partitions().expect("lists") {
        while let Poll::Block { block, .. } = source.poll(partition, 100).expect("reads") {
            Watch::each(&block, |line| seen.push(line.to_owned()));
        }
    }
    seen
}

fn write_at(path: &Path, content: &str, seconds: u64) {
    fs::write(path, content).expect("written");
    let file = fs::File::options().write(true).open(path).expect("opened");
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).expect("set");
}

#[test]
fn new_files_are_read_once_in_the_order_of_their_times() {
    let directory = tempdir().expect("a directory");
    let path = directory.path();
    write_at(&path.join("z"), "first\n", 10);
    write_at(&path.join("b"), "third", 20);
    write_at(&path.join("a"), "second", 20);
    for temporary in [".x", "_x", "x.tmp"] {
        write_at(&path.join(temporary), "incomplete", 5);
    }
    let mut source = watch(path).every(Duration::ZERO);
    source.open(&Signal::default()).expect("opens");
    assert_eq!(now(&mut source), ["first", "second", "third"]);
    fs::rename(path.join("x.tmp"), path.join("x")).expect("renamed");
    assert_eq!(now(&mut source), ["incomplete"]);
    assert_eq!(now(&mut source), [""; 0]);
    assert!(!source.complete() && source.poll_after() == Some(Duration::ZERO));
}

#[test]
fn files_that_were_there_may_be_left_out() {
    let directory = directory(&[("old", b"old")]);
    let mut source = watch(directory.path()).every(Duration::ZERO).new_only();
    source.open(&Signal::default()).expect("opens");
    fs::write(directory.path().join("new"), "new").expect("written");
    assert_eq!(now(&mut source), ["new"]);
}

#[test]
fn a_directory_that_is_missing_is_known_at_open() {
    let directory = tempdir().expect("a directory");
    let mut source = watch(directory.path().join("missing"));
    let error = source.open(&Signal::default()).expect_err("refused");
    assert!(error.to_string().contains("missing`; check that it exists"), "{error}");
}
