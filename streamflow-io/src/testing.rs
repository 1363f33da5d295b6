//! What must hold for every compressed format.

use std::path::Path;
use streamflow::file::Lines;
use streamflow::source::{Poll, Position};
use streamflow::{Error, Source};

/// The lines of a file with this content.
pub(crate) fn read(content: &[u8], lines: impl Fn(&Path) -> Lines) -> Result<Vec<String>, Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    std::fs::write(&path, content).expect("written");
    let mut source = lines(&path);
    source.open(&Default::default())?;
    let mut seen = Vec::new();
    loop {
        match source.poll(0, 1000)? {
            Poll::Block { block, .. } => {
                Lines::each(&block, |line| seen.push(line.to_owned()));
                source.recycle(block);
            }
            Poll::Pending => panic!("files do not wait"),
            Poll::Ended => return Ok(seen),
        }
    }
}

/// The lines of a file that is read by two sources, the second of which goes on after so many polls of the first.
fn read_in_two(content: &[u8], polls: usize, lines: impl Fn(&Path) -> Lines) -> Result<Vec<String>, Error> {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    std::fs::write(&path, content).expect("written");
    let (mut seen, mut positions) = (Vec::new(), Vec::new());
    for polls in [polls, usize::MAX] {
        let mut source = lines(&path);
        source.open(&Default::default())?;
        source.seek(positions)?;
        for _ in 0..polls {
            match source.poll(0, 1000)? {
                Poll::Block { block, .. } => Lines::each(&block, |line| seen.push(line.to_owned())),
                Poll::Pending => panic!("files do not wait"),
                Poll::Ended => break,
            }
        }
        let offset = source.offset(0).expect("files can go back");
        positions = vec![Position { partition: source.partition_name(0), offset, ended: false }];
    }
    Ok(seen)
}

pub(crate) fn check(compress: impl Fn(&[u8]) -> Vec<u8>, lines: impl Fn(&Path) -> Lines) {
    let text: String = (0..40_000).map(|n| format!("line {} of the file\n", n * 7919 % 40_009)).collect();
    let expected: Vec<&str> = text.lines().collect();
    let whole = compress(text.as_bytes());
    assert_eq!(read(&whole, &lines).expect("reads"), expected);

    let (first, second) = text.split_at(text.len() / 3);
    let members = [compress(first.as_bytes()), compress(second.as_bytes())].concat();
    assert_eq!(read(&members, &lines).expect("reads"), expected, "a line goes on in the second member");

    for polls in [0, 1, 2, 300] {
        assert_eq!(read_in_two(&members, polls, &lines).expect("reads"), expected, "stopped after {polls} polls");
    }

    let error = read(&whole[..whole.len() / 2], &lines).expect_err("truncated");
    let text = error.to_string();
    let line: usize = text
        .split_once("file` line ")
        .and_then(|(_, rest)| rest.split_once(';'))
        .and_then(|(line, _)| line.parse().ok())
        .unwrap_or_else(|| panic!("no line in `{text}`"));
    assert!(line > 1 && line < 40_000, "{text}");
    assert!(text.contains("check that the file is complete"), "{text}");

    for damaged in [1, whole.len() / 2, whole.len() - 9] {
        let mut content = whole.clone();
        content[damaged] ^= 0x55;
        let error = read(&content, &lines).expect_err("damaged");
        assert!(error.to_string().contains("cannot read the file to its end, at `"), "{error}");
    }
    let error = read(b"just text\n", &lines).expect_err("not compressed");
    assert!(error.to_string().contains("of the format that is read"), "{error}");
    read(&[], &lines).expect_err("cut off before its first byte");
    assert_eq!(read(&compress(b""), &lines).expect("reads"), [""; 0]);
}
