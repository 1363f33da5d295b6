//! W2: how often does each word occur in a text? Lines of ten words, Zipf-like over 100,000 different ones.

use super::prefetch::prefetch;
use super::text::Lines;
use super::{Hashed, How, Outcome, Start, run, text_hash};
use crate::support;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::BuildHasher;
use streamflow::{Error, Report, Sink, sink, stream, words};

/// Words a line.
pub const WORDS: usize = 10;

pub fn input(words: usize) -> String {
    support::text(words / WORDS)
}

/// A word, as the hash of its text, and how often it was there so far: the last row of a word holds.
pub type Row = (u64, u64);

/// What the last rows come to.
pub fn checksum(counts: impl Iterator<Item = Row>) -> u64 {
    counts.fold(0, |sum, row| sum.wrapping_add(row.hash()))
}

pub fn flow(text: &str, start: &Start<'_>, sink: impl Sink<Row>) -> Result<Option<Report>, Error> {
    let job = stream! {
        #![name = "w2"]
        Lines::of(text)
            -> flat_map(|line| words(line))
            -> key_by(|word| *word)
            -> count() as words
            -> map(|row| (text_hash(row.key), row.value))
            -> sink
    };
    run!(start, job)
}

/// The counts are told to nobody, so the checksum is only how many words there are.
pub fn pipeline(text: &str, how: &How<'_>) -> Result<Outcome, Error> {
    let report = flow(text, &how.into(), sink::discard())?;
    let words = report.iter().map(|report| report.state[0].1.keys as u64).sum();
    Ok(Outcome::of(words, report))
}

/// The same with the counts: what is timed counts right.
pub fn verified(text: &str, how: &How<'_>) -> Result<Outcome, Error> {
    let mut latest: HashMap<u64, u64> = HashMap::new();
    let report = flow(text, &how.into(), sink::for_each_batch(|_, rows: Vec<Row>| latest.extend(rows)))?;
    Ok(Outcome::of(checksum(latest.into_iter()), report))
}

/// What the hand loop has found.
pub struct Counts {
    short: Short,
    long: HashMap<Box<[u8]>, u64, RandomState>,
}

impl Counts {
    pub fn distinct(&self) -> u64 {
        (self.short.used + self.long.len()) as u64
    }

    pub fn checksum(&self) -> u64 {
        let short = self.short.slots.iter().filter(|(key, _)| *key != 0).map(|(key, count)| {
            let bytes = key.to_le_bytes();
            let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            (text_of(&bytes[..length]), *count)
        });
        let long = self.long.iter().map(|(word, count)| (text_of(word), *count));
        checksum(short.chain(long))
    }
}

fn text_of(word: &[u8]) -> u64 {
    text_hash(std::str::from_utf8(word).expect("words of a text are text"))
}

/// How many words are found before the first of them is counted: meanwhile their slots come into the cache.
const BLOCK: usize = 64;

/// Reads 16 bytes at a time: a word and the blank behind it mostly lie within. Words of up to 15 bytes are kept in the slots of the table, so
/// that no pointer is followed to compare; longer ones in a map of their own.
pub fn hand(text: &str) -> Counts {
    let bytes = text.as_bytes();
    let mut counts = Counts { short: Short::new(), long: HashMap::default() };
    let mut words = [0; BLOCK];
    let mut at = 0;
    while at < bytes.len() {
        let mut found = 0;
        while found < BLOCK && at < bytes.len() {
            let word = window(bytes, at);
            let length = first_blank(word);
            if length == 16 {
                let blank = bytes[at..].iter().position(|byte| *byte <= b' ').unwrap_or(bytes.len() - at);
                count_long(&mut counts.long, &bytes[at..at + blank]);
                at += blank + 1;
            } else {
                words[found] = word & ((1 << (8 * length)) - 1);
                found += usize::from(length > 0);
                at += length + 1;
            }
        }
        counts.short.add_all(&words[..found]);
    }
    counts
}

#[inline]
fn window(bytes: &[u8], at: usize) -> u128 {
    match bytes[at..].first_chunk::<16>() {
        Some(window) => u128::from_le_bytes(*window),
        None => {
            // the end of the text, with blanks behind it
            let mut window = [0; 16];
            window[..bytes.len() - at].copy_from_slice(&bytes[at..]);
            u128::from_le_bytes(window)
        }
    }
}

/// The place of the first byte that is no more than a blank, or 16. Bytes above 127 belong to words.
#[inline]
fn first_blank(window: u128) -> usize {
    const ONES: u128 = u128::MAX / 255;
    let blanks = window.wrapping_sub(ONES * 0x21) & !window & (ONES * 0x80);
    blanks.trailing_zeros() as usize / 8
}

#[cold]
fn count_long(long: &mut HashMap<Box<[u8]>, u64, RandomState>, word: &[u8]) {
    match long.get_mut(word) {
        Some(count) => *count += 1,
        None => drop(long.insert(word.into(), 1)),
    }
}

/// A table with linear probing; a word has no zero byte, so a slot of zeros is free.
struct Short {
    slots: Vec<(u128, u64)>,
    used: usize,
    seed: u64,
}

impl Short {
    fn new() -> Self {
        // anything that whoever writes the text cannot know
        let seed = RandomState::default().hash_one(0);
        Short { slots: vec![(0, 0); 1 << 12], used: 0, seed }
    }

    #[inline]
    fn place(&self, word: u128) -> usize {
        let (low, high) = (word as u64, (word >> 64) as u64);
        let product = u128::from(low ^ self.seed) * u128::from(high ^ 0x9e37_79b9_7f4a_7c15);
        (product as u64 ^ (product >> 64) as u64) as usize & (self.slots.len() - 1)
    }

    fn add_all(&mut self, words: &[u128]) {
        let mut places = [0; BLOCK];
        for (word, place) in words.iter().zip(&mut places) {
            *place = self.place(*word);
            prefetch(&self.slots[*place]);
        }
        let size = self.slots.len();
        for (word, place) in words.iter().zip(places) {
            // words that are new may have made the table grow
            let place = if self.slots.len() == size { place } else { self.place(*word) };
            self.add(*word, place);
        }
    }

    #[inline]
    fn add(&mut self, word: u128, mut place: usize) {
        while self.slots[place].0 != word {
            if self.slots[place].0 == 0 {
                return self.add_new(word, place);
            }
            place = (place + 1) & (self.slots.len() - 1);
        }
        self.slots[place].1 += 1;
    }

    #[cold]
    fn add_new(&mut self, word: u128, free: usize) {
        self.slots[free] = (word, 1);
        self.used += 1;
        if self.used * 2 > self.slots.len() {
            self.grow();
        }
    }

    fn grow(&mut self) {
        let slots = vec![(0, 0); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, slots);
        for (key, count) in old.into_iter().filter(|(key, _)| *key != 0) {
            let mut place = self.place(key);
            while self.slots[place].0 != 0 {
                place = (place + 1) & (self.slots.len() - 1);
            }
            self.slots[place] = (key, count);
        }
    }
}
