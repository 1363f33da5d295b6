//! The words of a text, found 64 bytes at a time.
//!
//! A loop over bytes guesses wrong where each word ends, which costs more than all else that is done with a short word. Here a block of
//! bytes becomes a set of bits, one a byte, and the ends of words are where a bit differs from the one before it.

#![allow(unsafe_code)]

use std::iter::FusedIterator;

/// The words of a text: what lies between ASCII whitespace, as [`str::split_ascii_whitespace`] gives it.
///
/// It is faster where words are short: word count over lines of ten words took six tenths of the time. Whitespace beyond ASCII, as
/// [`str::split_whitespace`] knows it, is part of a word.
///
/// ```
/// use streamflow::{sink, source, stream, words};
///
/// let counts = sink::collect();
/// stream! {
///     source::slice(&["to be or", "not  to be"]) -> flat_map(|line| words(line)) -> key_by(|word| *word) -> count() as counted
///         -> map(|row| (row.key.to_owned(), row.value)) -> counts.clone()
/// }
/// .run()?;
/// assert!(counts.take().contains(&("be".to_owned(), 2)));
/// # Ok::<(), streamflow::Error>(())
/// ```
pub fn words(text: &str) -> Words<'_> {
    Words { text, next: 0, base: 0, edges: 0, inside: false }
}

/// See [`words`].
#[derive(Clone, Debug)]
pub struct Words<'t> {
    text: &'t str,
    /// Where the next block begins.
    next: usize,
    /// Where this one has begun.
    base: usize,
    /// The bytes of this block at which words begin and end, in turn, as far as they have not been passed.
    edges: u64,
    /// Was the last byte of this block in a word?
    inside: bool,
}

impl Words<'_> {
    /// The place of the next edge. `None` at the end of the text.
    #[inline(always)]
    fn edge(&mut self) -> Option<usize> {
        while self.edges == 0 {
            if self.next >= self.text.len() {
                return None;
            }
            self.block();
        }
        let place = self.base + self.edges.trailing_zeros() as usize;
        self.edges &= self.edges - 1;
        Some(place)
    }

    #[inline(always)]
    fn block(&mut self) {
        let letters = !blanks(self.text.as_bytes(), self.next);
        self.edges = letters ^ (letters << 1 | u64::from(self.inside));
        self.inside = letters >> 63 == 1;
        self.base = self.next;
        self.next += 64;
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = &'t str;

    #[inline(always)]
    fn next(&mut self) -> Option<&'t str> {
        let start = self.edge()?;
        let end = self.edge().unwrap_or(self.text.len());
        // SAFETY: both are places in the text, in this order, and each is its beginning, its end, or beside an ASCII byte.
        Some(unsafe { self.text.get_unchecked(start..end) })
    }
}

impl FusedIterator for Words<'_> {}

/// One bit for each of the 64 bytes from a place on that is whitespace; what is behind the end is.
#[inline(always)]
fn blanks(bytes: &[u8], from: usize) -> u64 {
    let rest = &bytes[from..];
    if let Some(block) = rest.first_chunk() {
        return of_block(block);
    }
    let behind = u64::MAX << rest.len();
    if let Some(block) = bytes.last_chunk() {
        // with bytes that were looked at before: to copy the rest would take longer
        return of_block(block) >> (64 - rest.len()) | behind;
    }
    let mut block = [0; 64];
    block[..rest.len()].copy_from_slice(rest);
    of_block(&block) | behind
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn of_block(block: &[u8; 64]) -> u64 {
    // SAFETY: every processor of this architecture has SSE2.
    unsafe { with_sse2(block) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn with_sse2(block: &[u8; 64]) -> u64 {
    use std::arch::x86_64::{
        _mm_add_epi8, _mm_andnot_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };
    let mut blanks = 0;
    for n in 0..4 {
        // SAFETY: sixteen of the 64 bytes.
        let bytes = unsafe { _mm_loadu_si128(block.as_ptr().add(16 * n).cast()) };
        // from the tabulator to the carriage return, but for the vertical tabulator
        let from_tabulator = _mm_add_epi8(bytes, _mm_set1_epi8(-9));
        let small = _mm_cmpeq_epi8(_mm_min_epu8(from_tabulator, _mm_set1_epi8(4)), from_tabulator);
        let small = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(11)), small);
        let blank = _mm_or_si128(small, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(32)));
        blanks |= u64::from(_mm_movemask_epi8(blank) as u16) << (16 * n);
    }
    blanks
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn one_by_one(block: &[u8; 64]) -> u64 {
    (0..64).fold(0, |blanks, at| blanks | u64::from(block[at].is_ascii_whitespace()) << at)
}

#[cfg(not(target_arch = "x86_64"))]
use one_by_one as of_block;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_byte_is_looked_at() {
        for byte in 0..=u8::MAX {
            for at in 0..64 {
                let mut block = [b'x'; 64];
                block[at] = byte;
                assert_eq!(of_block(&block), one_by_one(&block), "{byte} at {at}");
                assert_eq!(of_block(&[byte; 64]), one_by_one(&[byte; 64]));
            }
        }
    }

    #[test]
    fn words_that_reach_into_the_next_block_are_whole() {
        for length in 0..200 {
            for blanks in [1, 2, 63, 64, 65] {
                let word = "x".repeat(length);
                let text = format!("{word}{}{word}", " ".repeat(blanks));
                assert_eq!(words(&text).collect::<Vec<_>>(), text.split_ascii_whitespace().collect::<Vec<_>>());
            }
        }
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_standard_library(text in "([a-zé€😀]{0,9}[ \t\n\x0b\x0c\r\u{a0}\0]){0,40}[a-z]{0,70}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), text.split_ascii_whitespace().collect::<Vec<_>>());
        }
    }
}
