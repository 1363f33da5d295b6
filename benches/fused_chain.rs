//! Is a fused chain as fast as the loop that one would write by hand?
//!
//! `map -> filter -> map -> sum` over 20 M `u64` in memory.

mod support;

use streamflow::{source, stream};
use support::{Random, compare, entry};

fn main() {
    let mut random = Random(7);
    let numbers: Vec<u64> = (0..20_000_000).map(|_| random.next()).collect();
    let ours = |threads: usize| {
        let mut sum = Vec::new();
        let job = stream! {
            source::slice(&numbers)
                -> map(|x| *x ^ (*x >> 3))
                -> filter(|x| x % 2 == 0)
                -> map(|x| x.wrapping_add(7))
                -> sum()
                -> &mut sum
        };
        job.threads(threads).signals(false).run().expect("a sum");
        sum.last().copied().unwrap_or(0)
    };
    let hand = || {
        let mut sum = 0u64;
        for x in &numbers {
            let x = *x ^ (*x >> 3);
            if x % 2 == 0 {
                sum = sum.wrapping_add(x.wrapping_add(7));
            }
        }
        sum
    };
    compare(
        "map -> filter -> map -> sum",
        numbers.len() as u64,
        9,
        vec![
            entry("hand-written loop, 1 thread", hand),
            entry("stream!, 1 thread", || ours(1)),
            entry("stream!, 2 threads", || ours(2)),
        ],
    );
}
