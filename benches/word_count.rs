//! Is word count as fast as a hand-written loop with borrowed keys and a fast hasher? And what does a second thread bring?
//!
//! 2 M lines of ten words, Zipf-like over 100,000 words, about 180 MB in memory; no file is read, so that the disk does not decide.
//! The hand loops keep no batches, notice no errors and take nothing back.

mod support;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use std::collections::HashMap;
use std::hash::BuildHasher;
use streamflow::{Error, sink, source, stream};
use support::{compare, entry, text};

fn checksum(counts: impl Iterator<Item = (u64, u64)>) -> u64 {
    counts.fold(0, |sum, (length, count)| sum.wrapping_add((length + 1).wrapping_mul(count)))
}

/// What one writes first: a map with borrowed keys.
fn plain(lines: &[&str]) -> u64 {
    let mut counts: HashMap<&str, u64, FixedState> = HashMap::default();
    for line in lines {
        for word in line.split_whitespace() {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    checksum(counts.into_iter().map(|(word, count)| (word.len() as u64, count)))
}

/// The same for input that does not stay in memory: a key is owned when it is new.
fn owned(lines: &[&str]) -> u64 {
    let hasher = FixedState::default();
    let mut counts: HashTable<(Box<str>, u64)> = HashTable::new();
    for line in lines {
        for word in line.split_whitespace() {
            let hash = hasher.hash_one(word);
            match counts.entry(hash, |entry| &*entry.0 == word, |entry| hasher.hash_one(&*entry.0)) {
                Entry::Occupied(mut entry) => entry.get_mut().1 += 1,
                Entry::Vacant(entry) => {
                    entry.insert((word.into(), 1));
                }
            }
        }
    }
    checksum(counts.into_iter().map(|(word, count)| (word.len() as u64, count)))
}

/// The counts themselves, once, to be sure that what is timed counts right.
fn check(lines: &[&str], threads: usize) -> Result<u64, Error> {
    let rows = sink::collect();
    let job = stream! {
        source::slice(lines)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> map(|row| (row.key.to_owned(), row.value))
            -> rows.clone()
    };
    job.threads(threads).signals(false).run()?;
    let latest: HashMap<String, u64> = rows.take().into_iter().collect();
    Ok(checksum(latest.into_iter().map(|(word, count)| (word.len() as u64, count))))
}

fn ours(lines: &[&str], threads: usize) -> Result<u64, Error> {
    let job = stream! {
        source::slice(lines)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> sink::discard()
    };
    Ok(job.threads(threads).signals(false).run()?.records)
}

fn main() {
    let text = text(2_000_000);
    let lines: Vec<&str> = text.lines().collect();
    let words = lines.len() as u64 * 10;
    let expected = plain(&lines);
    for threads in [1, 2] {
        assert_eq!(check(&lines, threads).expect("counts"), expected);
    }
    let stream = |threads| {
        let done = ours(&lines, threads).expect("counts");
        assert_eq!(done, lines.len() as u64);
        expected
    };
    compare(
        "word count",
        words,
        7,
        vec![
            entry("hand-written loop, borrowed keys, 1 thread", || plain(&lines)),
            entry("hand-written loop, owned keys, 1 thread", || owned(&lines)),
            entry("stream!, 1 thread", || stream(1)),
            entry("stream!, 2 threads", || stream(2)),
        ],
    );
}
