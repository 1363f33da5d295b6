//! Text for tests that need much of it: words of a fixed vocabulary from a seeded generator, so that every run reads the same.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A generator of numbers that needs no crate: xorshift.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// How many different words [`write`] uses.
pub const VOCABULARY: u64 = 5_000;

/// Writes about `bytes` bytes of lines of words: few words are frequent, many are rare, some lines are empty, some words stand
/// behind tabs or several blanks.
pub fn write(path: &Path, bytes: u64) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    // every word once, so that the vocabulary does not depend on the size
    for word in 0..VOCABULARY {
        writeln!(out, "w{word}")?;
    }
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut written = 0;
    let mut line = Vec::new();
    while written < bytes {
        line.clear();
        for _ in 0..numbers.next() % 16 {
            let limit = 1 + numbers.next() % VOCABULARY;
            let word = numbers.next() % limit;
            let blank = [" ", " ", " ", " ", "  ", "\t"][(numbers.next() % 6) as usize];
            write!(line, "{blank}w{word}")?;
        }
        line.push(b'\n');
        out.write_all(&line)?;
        written += line.len() as u64;
    }
    out.flush()
}

/// Megabytes for a test: `usual`, or what the environment says in `STREAMFLOW_BIG`.
#[allow(dead_code, reason = "not every test that shares this file has a size")]
pub fn megabytes(usual: u64) -> u64 {
    std::env::var("STREAMFLOW_BIG").ok().and_then(|big| big.parse().ok()).unwrap_or(usual)
}
