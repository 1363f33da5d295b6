//! The index of keys: buckets of one cache line, from hash to number.
//!
//! A look-up costs one cache miss and one 16-byte compare; a tag that matches is almost always right, so there
//! is no unpredictable probe length (linear probing cost twice as much in cache).

#![allow(unsafe_code)]

use crate::prefetch::prefetch;

/// Twelve tags (0 = free), a spill flag, twelve numbers.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
pub(crate) struct Line {
    tags: [u8; 16],
    numbers: [u32; PLACES],
}

const EMPTY: Line = Line { tags: [0; 16], numbers: [0; PLACES] };

/// Places in a line; also the position of the spill flag among the tags.
pub(crate) const PLACES: usize = 12;

/// The tag of a hash: never 0, from bits that choose neither line nor shard.
#[inline(always)]
pub(crate) fn tag(hash: u64) -> u8 {
    (hash >> 32) as u8 | 1
}

impl Line {
    /// Bit `i` is set where tag `i` equals `tag`.
    #[inline(always)]
    pub fn hits(&self, tag: u8) -> u32 {
        #[cfg(target_arch = "x86_64")]
        {
            use core::arch::x86_64::{_mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
            // SAFETY: SSE2 belongs to every x86-64 processor, and `tags` are 16 readable bytes.
            let mask = unsafe {
                let tags = _mm_loadu_si128(self.tags.as_ptr().cast());
                _mm_movemask_epi8(_mm_cmpeq_epi8(tags, _mm_set1_epi8(tag as i8)))
            };
            mask as u32 & ((1 << PLACES) - 1)
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let tags = self.tags[..PLACES].iter().enumerate();
            tags.fold(0, |mask, (place, other)| mask | u32::from(*other == tag) << place)
        }
    }

    #[inline(always)]
    pub fn number(&self, place: u32) -> u32 {
        self.numbers[place as usize]
    }

    /// The numbers that it holds.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        (0..PLACES).filter(|place| self.tags[*place] != 0).map(|place| self.numbers[place])
    }

    #[inline(always)]
    pub fn spilled(&self) -> bool {
        self.tags[PLACES] != 0
    }

    pub fn spill(&mut self) {
        self.tags[PLACES] = 1;
    }

    /// Takes the first free place; false if there is none.
    pub fn put(&mut self, tag: u8, number: u32) -> bool {
        let free = self.hits(0);
        if free == 0 {
            return false;
        }
        let place = free.trailing_zeros() as usize;
        (self.tags[place], self.numbers[place]) = (tag, number);
        true
    }

    /// Frees the place of a number; false if it is not here.
    pub fn clear(&mut self, number: u32) -> bool {
        let here = |place: &usize| self.tags[*place] != 0 && self.numbers[*place] == number;
        let Some(place) = (0..PLACES).find(here) else { return false };
        self.tags[place] = 0;
        true
    }
}

/// The lines of one index, a power of two of them. The low bits of a hash choose one.
pub(crate) struct Lines(Vec<Line>);

impl Lines {
    /// So many empty lines, rounded up to a power of two.
    pub fn new(lines: usize) -> Self {
        Lines(vec![EMPTY; lines.next_power_of_two()])
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Line> {
        self.0.iter()
    }

    #[inline(always)]
    fn place(&self, hash: u64) -> usize {
        hash as usize & (self.0.len() - 1)
    }

    #[inline(always)]
    pub fn at(&self, hash: u64) -> &Line {
        let place = self.place(hash);
        // SAFETY: there is at least one line, and no part of a number that is one less than their count is as large as it.
        unsafe { self.0.get_unchecked(place) }
    }

    pub fn at_mut(&mut self, hash: u64) -> &mut Line {
        let place = self.place(hash);
        &mut self.0[place]
    }

    /// Brings a line into the cache.
    #[inline(always)]
    pub fn touch(&self, hash: u64) {
        prefetch(self.0.as_ptr().wrapping_add(self.place(hash)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_cache_line_and_finds_what_it_holds() {
        assert_eq!(size_of::<Line>(), 64);
        let mut line = EMPTY;
        for number in 0..PLACES as u32 {
            assert!(line.put(number as u8 * 2 + 1, number));
        }
        assert!(!line.put(99, 99));
        for number in 0..PLACES as u32 {
            let hits = line.hits(number as u8 * 2 + 1);
            assert_eq!(hits, 1 << number);
            assert_eq!(line.number(hits.trailing_zeros()), number);
        }
        line.spill();
        assert!(line.spilled() && line.hits(1) == 1, "the spill flag is no tag");
        assert!(line.clear(5) && !line.clear(5));
        assert!(line.put(7, 70) && line.hits(7).count_ones() == 2);
    }
}
