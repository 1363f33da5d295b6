//! What the benches share: seeded input, timing side by side, counting of allocations.

#![allow(dead_code, unused_imports)] // each bench takes what it needs

mod allocations;
mod random;

pub use allocations::{Counting, allocations};
pub use random::Random;
use std::time::Instant;

/// Lines of ten words, drawn Zipf-like from a vocabulary of 100,000 words of 3 to 14 letters.
pub fn text(lines: usize) -> String {
    let mut random = Random(42);
    let vocabulary: Vec<String> = (0..100_000)
        .map(|_| {
            let length = 3 + random.next() % 12;
            (0..length).map(|_| char::from(b'a' + (random.next() % 26) as u8)).collect()
        })
        .collect();
    let mut text = String::new();
    for _ in 0..lines {
        for word in 0..10 {
            // ranks fall off as 1/rank: the exponential of a uniform number
            let rank = (random.unit() * (vocabulary.len() as f64).ln()).exp() as usize - 1;
            text.push_str(&vocabulary[rank.min(vocabulary.len() - 1)]);
            text.push(if word == 9 { '\n' } else { ' ' });
        }
    }
    text
}

/// What is measured: a name and something to run that gives a checksum.
pub struct Entry<'e> {
    pub name: &'static str,
    pub run: Box<dyn FnMut() -> u64 + 'e>,
}

pub fn entry<'e>(name: &'static str, run: impl FnMut() -> u64 + 'e) -> Entry<'e> {
    Entry { name, run: Box::new(run) }
}

/// Runs the entries one after the other, `rounds` times over, and prints medians and ratios to the first one. All must give the
/// same checksum.
pub fn compare(title: &str, events: u64, rounds: usize, mut entries: Vec<Entry<'_>>) {
    let mut times = vec![vec![]; entries.len()];
    let expected = (entries[0].run)();
    for _ in 0..rounds {
        for (entry, times) in entries.iter_mut().zip(&mut times) {
            let began = Instant::now();
            let sum = (entry.run)();
            times.push(began.elapsed().as_secs_f64());
            assert_eq!(sum, expected, "{} computes something else", entry.name);
        }
    }
    let medians: Vec<f64> = times.iter_mut().map(|times| median(times)).collect();
    println!("{title}: {events} events, median of {rounds} interleaved rounds");
    for (entry, median) in entries.iter().zip(&medians) {
        let rate = events as f64 / median / 1e6;
        println!("  {:<44} {rate:>8.1} M/s   {:>5.2} of the first", entry.name, medians[0] / median);
    }
}

/// Of an odd number of times the one in the middle.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
