//! Files of lines: text that is none, lines over the limit, compressed files that are damaged.
//!
//! The first three bytes are settings: policies and format, the limit of a line, how much is read at once. The rest is the file.

use super::{Outcome, Seeds, clear};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;
use streamflow::file::{self, Lines};
use streamflow::source::{OnBad, Poll, Position};
use streamflow::{Error, Source};
use streamflow_io::{gzip, zstd};

/// Reads the file as a job does; and once more by two sources, the second of which goes on where the first one stood.
pub fn lines(bytes: &[u8]) -> Outcome {
    let Some((settings, content)) = bytes.split_first_chunk::<3>() else { return Err("no settings".to_owned()) };
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("input");
    std::fs::write(&path, content).expect("a file");
    let at_once = read(&path, settings, usize::MAX);
    // a damaged file ends where it is damaged; how much is given before depends on what is read at once
    let in_two = read(&path, settings, 1 + usize::from(settings[2]) % 3);
    assert_eq!(at_once.is_ok(), in_two.is_ok(), "{at_once:?}, and in two: {in_two:?}");
    match at_once {
        Ok(seen) => {
            assert_eq!(Ok(seen), in_two);
            Ok(())
        }
        Err(error) => {
            let named = error.contains("input");
            assert!(named, "an error that does not say where: {error}");
            Err(error)
        }
    }
}

fn source(path: &Path, [policies, limit, _]: &[u8; 3]) -> Lines {
    let policy = |bits: u8| match bits & 3 {
        0 => OnBad::Fail,
        1 => OnBad::Replace,
        _ => OnBad::Skip,
    };
    let lines = match policies >> 4 & 3 {
        2 => gzip::lines(path),
        3 => zstd::lines(path),
        _ => file::lines(path),
    };
    let limit = if *limit == 0xff { 60_000 } else { 1 + usize::from(*limit) };
    lines.invalid_utf8(policy(*policies)).too_long(policy(policies >> 2)).max_line(limit)
}

/// The number of lines and a hash of them.
fn read(path: &Path, settings: &[u8; 3], polls: usize) -> Result<(u64, u64), String> {
    let (mut count, mut hash) = (0, DefaultHasher::new());
    let mut positions = Vec::new();
    for polls in [polls, usize::MAX] {
        let mut lines = source(path, settings);
        let ended = poll(&mut lines, positions, polls, 1 + 5 * usize::from(settings[2]), &mut |line| {
            count += 1;
            line.hash(&mut hash);
        });
        let ended = ended.map_err(|error| clear(&error))?;
        let offset = lines.offset(0).expect("files have offsets");
        positions = vec![Position { partition: path.display().to_string(), offset, ended }];
    }
    Ok((count, hash.finish()))
}

fn poll(
    lines: &mut Lines,
    positions: Vec<Position<(u64, u64, bool)>>,
    polls: usize,
    budget: usize,
    each: &mut dyn FnMut(&str),
) -> Result<bool, Error> {
    lines.open(&Default::default())?;
    if !positions.is_empty() {
        lines.seek(positions)?;
    }
    for _ in 0..polls {
        match lines.poll(0, budget)? {
            Poll::Block { block, .. } => {
                Lines::each(&block, &mut *each);
                lines.recycle(block);
            }
            Poll::Pending => panic!("files do not wait"),
            Poll::Ended => return Ok(true),
        }
    }
    Ok(false)
}

pub fn seeds() -> Seeds {
    let text = "one\r\n\ntwo words\nthr\u{fc}e\nthe last line has no end".as_bytes();
    let bad = b"good\nb\xffd\nmuch, much too long for its limit\nend\r\n\r\r\n\xc3";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&text.repeat(20)).expect("compressed");
    let gzip = gzip.finish().expect("compressed");
    // one block without compression: "to be\nor not\n"
    let zstd = b"\x28\xb5\x2f\xfd\x20\x0d\x69\x00\x00to be\nor not\n";
    let of = |settings: [u8; 3], content: &[u8]| [&settings, content].concat();
    vec![
        ("text", of([0, 99, 1], text)),
        ("bad-fails", of([0, 20, 2], bad)),
        ("bad-replaced", of([0b0101, 9, 1], bad)),
        ("bad-skipped", of([0b1010, 9, 0], bad)),
        ("gzip", of([0b10_0000, 0xff, 9], &gzip)),
        ("two-members", of([0b10_0000, 99, 9], &[gzip.clone(), gzip].concat())),
        ("zstd", of([0b11_0000, 99, 9], zstd)),
        ("not-gzip", of([0, 99, 9], b"\x1f\x8b\x08\x00")),
    ]
}
