//! Real files, in a directory of each test's own.

use super::*;
use crate::ErrorKind;
use crate::source::OnBad;
use crate::source::testing::{rounds, texts};
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
    let error = lines(paths).open(&Signal::default()).expect_err("refused at open");
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
fn what_is_missing_is_known_at_open() {
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
