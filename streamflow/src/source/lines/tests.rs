//! The properties of lines that hold for every source of them.

use super::*;
use crate::{Error, ErrorKind};
use proptest::prelude::*;

/// Reads `input` in pieces of `piece` bytes.
fn lines(input: &[u8], piece: usize, rules: &mut Rules) -> Result<Vec<String>, Error> {
    rules.open()?;
    let mut assembler = Assembler::new("`in.txt`");
    let mut lines = Vec::new();
    let mut pieces = input.chunks(piece).peekable();
    loop {
        let mut buffer = assembler.buffer(rules);
        assert!(buffer.len() <= rules.max_line + 1, "an incomplete line grew to {}", buffer.len());
        buffer.extend_from_slice(pieces.next().unwrap_or_default());
        let last = pieces.peek().is_none();
        if let Some(block) = assembler.block(buffer, last, rules)? {
            let before = lines.len() as u64;
            block.each(|line| lines.push(line.to_owned()));
            assert_eq!(block.count(), Some(lines.len() as u64 - before));
            rules.recycle(block);
        }
        if last {
            return Ok(lines);
        }
    }
}

fn rules(invalid_utf8: OnBad, max_line: usize, too_long: OnBad) -> Rules {
    let mut rules = Rules::default();
    (rules.invalid_utf8, rules.max_line, rules.too_long) = (invalid_utf8, max_line, too_long);
    rules
}

#[test]
fn both_endings_end_a_line_and_empty_lines_count() {
    for piece in 1..20 {
        let mut rules = Rules::default();
        let seen = lines(b"one\r\n\ntwo\n\r\nthree\rx\nlast\r", piece, &mut rules).expect("good");
        assert_eq!(seen, ["one", "", "two", "", "three\rx", "last\r"], "in pieces of {piece}");
        assert_eq!(lines(b"one\n", piece, &mut rules).expect("good"), ["one"]);
        assert_eq!(lines(b"", piece, &mut rules).expect("good"), [""; 0]);
    }
}

#[test]
fn a_bad_line_fails_with_its_place_and_a_cure() {
    for piece in 1..20 {
        let error = lines(b"a\nb\nc\xff\nd", piece, &mut Rules::default()).expect_err("bad");
        let text = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Source);
        assert!(text.contains("at `in.txt` line 3") && text.contains("invalid_utf8"), "{text}");

        let mut short = rules(OnBad::Fail, 3, OnBad::Fail);
        assert_eq!(lines(b"abc\r\nabc\nabc", piece, &mut short).expect("good"), ["abc"; 3]);
        let text = lines(b"a\nabcd\nb", piece, &mut short).expect_err("bad").to_string();
        assert!(text.contains("at `in.txt` line 2") && text.contains("max_line"), "{text}");
    }
}

#[test]
fn a_bad_line_is_made_good() {
    for piece in 1..20 {
        let mut rules = rules(OnBad::Replace, 4, OnBad::Replace);
        let seen = lines("a\u{fc}bcde\nxyz\u{fc}\n".as_bytes(), piece, &mut rules).expect("made good");
        assert_eq!(seen, ["a\u{fc}b", "xyz"], "cut at a character, in pieces of {piece}");
        let seen = lines(b"a\xffb\n\nc\xfe", piece, &mut rules).expect("made good");
        assert_eq!(seen, ["a\u{fffd}b", "", "c\u{fffd}"]);
        assert_eq!(rules.skipped, 0);
    }
}

#[test]
fn a_bad_line_is_left_out_and_counted() {
    for piece in 1..20 {
        let mut rules = rules(OnBad::Skip, 3, OnBad::Skip);
        let input = b"a\xff\nok\nmuch too long\nok\n\xff\xff\xff\xff\nend too long";
        assert_eq!(lines(input, piece, &mut rules).expect("skipped"), ["ok", "ok"]);
        assert_eq!(rules.skipped, 4, "in pieces of {piece}");
    }
}

#[test]
fn a_bad_line_is_kept_in_the_dead_letters() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("bad.tsv");
    let bad = OnBad::dead_letter(&path);
    let mut rules = rules(bad.clone(), 4, bad);
    assert_eq!(lines(b"ok\na\xff\ntoo long\nok", 5, &mut rules).expect("kept"), ["ok", "ok"]);
    let kept = std::fs::read(&path).expect("written");
    let expected: &[u8] = b"`in.txt`\t2\tnot valid UTF-8\ta\xff\n`in.txt`\t3\tlonger than the limit\ttoo \n";
    assert_eq!(kept, expected);
    assert_eq!(rules.skipped, 2);
}

#[test]
fn a_wrong_dead_letter_path_is_known_at_open() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("missing/bad.tsv");
    let error = rules(OnBad::dead_letter(path), 4, OnBad::Fail).open().expect_err("refused");
    assert!(error.to_string().contains("dead letter file"), "{error}");
}

#[test]
fn the_memory_of_a_block_is_used_again() {
    let mut rules = Rules::default();
    let mut assembler = Assembler::new("in");
    let block = assembler.block(b"some line\n".to_vec(), false, &mut rules).expect("good").expect("one");
    let address = block.text.as_ptr();
    rules.recycle(block);
    let buffer = assembler.buffer(&mut rules);
    assert_eq!(buffer.as_ptr(), address);
}

/// What the lines of `input` are, said as simply as possible.
fn expected(input: &[u8], limit: usize) -> Vec<String> {
    let mut lines: Vec<&[u8]> = input.split(|byte| *byte == b'\n').collect();
    let last = lines.pop().unwrap_or_default();
    let lines = lines.into_iter().map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines
        .chain((!last.is_empty()).then_some(last))
        .filter(|line| line.len() <= limit)
        .filter_map(|line| String::from_utf8(line.to_vec()).ok())
        .collect()
}

proptest! {
    #[test]
    fn the_cut_into_reads_changes_nothing(
        input in proptest::collection::vec(
            prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(0xc3), Just(0xbc)], 0..60),
        piece in 1usize..20,
        limit in 1usize..12,
    ) {
        let mut skip = rules(OnBad::Skip, limit, OnBad::Skip);
        prop_assert_eq!(lines(&input, piece, &mut skip).unwrap(), expected(&input, limit));

        let mut whole = rules(OnBad::Replace, limit, OnBad::Replace);
        let at_once = lines(&input, 100, &mut whole).unwrap();
        prop_assert_eq!(lines(&input, piece, &mut whole).unwrap(), at_once);
    }

    #[test]
    fn what_is_stored_is_loaded_in_any_pieces(
        texts in proptest::collection::vec("[a\r\n]{1,12}", 1..6),
        budget in 1usize..30,
    ) {
        let (mut stored, mut expected) = (vec![], vec![]);
        for text in texts {
            let block = LineBlock { text };
            block.each(|line| expected.push(line.to_owned()));
            block.store(&mut stored);
        }
        let (mut loaded, mut at) = (vec![], 0);
        while at < stored.len() {
            let (block, used) = LineBlock::load(&stored[at..], budget).unwrap();
            prop_assert!(used <= budget || block.count() == Some(1), "more than asked for");
            block.each(|line| loaded.push(line.to_owned()));
            at += used;
        }
        prop_assert_eq!(loaded, expected);
    }
}
