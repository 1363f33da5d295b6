//! Records cost no memory of their own: allocations grow with the keys and the batches, not with the records.

mod text;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use streamflow::{Report, file, sink, source, stream};

/// The allocator of the system, which counts.
struct Counting;

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on as it is to the allocator of the system; counting touches no memory that it manages.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is that of the allocator below.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer comes from `alloc` or `realloc` here, so from the allocator below, with this layout.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as in `dealloc`; the caller vouches for the size.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn allocations<R>(run: impl FnOnce() -> R) -> (R, u64) {
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    let result = run();
    (result, ALLOCATIONS.load(Ordering::Relaxed) - before)
}

/// Emits the keys that changed, but keeps nothing, so that only the engine's own allocations are seen.
fn count_words(path: &Path, threads: usize, batch_bytes: usize) -> Report {
    let job = stream! {
        file::lines(path)
            -> flat_map(|line| line.split_whitespace())
            -> key_by(|word| *word)
            -> count() as words
            -> sink::discard()
    };
    job.threads(threads).batch_bytes(batch_bytes).signals(false).run().expect("counts")
}

/// Both tests in one: allocations of a test beside it would be counted too.
#[test]
fn records_cost_no_allocation() {
    words_of_a_file();
    numbers_in_memory();
}

fn words_of_a_file() {
    // a key is interned once
    const A_KEY: u64 = 1;
    const A_BLOCK: u64 = 64 << 10;
    let directory = tempfile::tempdir().expect("a directory");
    // on several threads each block has a list for every lane, which grows while it is filled
    for (threads, a_block) in [(1, 4), (2, 60)] {
        for batch_bytes in [1 << 20, 4 << 20] {
            for megabytes in [2, 10] {
                let path = directory.path().join("words.txt");
                text::write(&path, megabytes << 20).expect("written");
                let (report, count) = allocations(|| count_words(&path, threads, batch_bytes));
                let (keys, batches) = (report.state[0].1.keys as u64, report.batches);
                println!(
                    "{threads} threads, {megabytes} MiB in {batches} batches of {batch_bytes}: {count} allocations, {keys} keys"
                );
                assert_eq!(keys, text::VOCABULARY);
                let a_batch = (batch_bytes as u64).div_ceil(A_BLOCK) * a_block;
                let most = keys * A_KEY + batches * a_batch;
                assert!(count <= most, "{count} allocations of at most {most}");
            }
        }
    }
}

fn numbers_in_memory() {
    let mut counts = vec![];
    for records in [100_000u64, 1_000_000] {
        let numbers: Vec<u64> = (0..records).collect();
        let job = stream! {
            source::vec(numbers)
                -> map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15))
                -> filter(|n| n % 3 == 0)
                -> sum() as total
                -> sink::discard()
        };
        // one batch, whatever the size
        let job = job.threads(1).batch_bytes(1 << 30).signals(false);
        let (report, count) = allocations(|| job.run().expect("runs"));
        assert_eq!((report.records, report.batches), (records, 1));
        println!("{records} numbers in one batch: {count} allocations");
        counts.push(count);
    }
    // a block is 4096 records
    let blocks = 900_000 / 4_096;
    assert!(counts[1] <= counts[0] + blocks, "{counts:?}");
}
