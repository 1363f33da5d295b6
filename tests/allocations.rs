//! Records cost no memory of their own: allocations grow with the keys and the batches, not with the records.

mod text;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use streamflow::{Report, Timestamp, file, sink, source, stream};

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

/// All tests in one: allocations of a test beside it would be counted too.
#[test]
fn records_cost_no_allocation() {
    words_of_a_file();
    numbers_in_memory();
    sessions_that_go_on();
    joined_keys_that_come_and_go();
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

/// Records of so many keys in turn, a thousand a second, in batches of about 10,000.
fn in_turn(keys: u64, records: u64) -> Vec<(u64, i64)> {
    (0..records).map(|n| (n % keys, n as i64)).collect()
}

const BATCH_BYTES: usize = 10_000 * size_of::<(u64, i64)>();

/// Each batch touches each session, and saves what it was.
fn sessions_that_go_on() {
    let records = in_turn(1_000, 200_000);
    let job = stream! {
        source::vec(records)
            -> timestamp(|record| Timestamp::from_millis(record.1))
            -> key_by(|record| record.0)
            -> window(session(10s))
            -> count() as sessions
            -> sink::discard()
    };
    let (report, count) = allocations(|| job.threads(1).batch_bytes(BATCH_BYTES).signals(false).run().expect("runs"));
    println!("sessions of 1,000 keys in {} batches: {count} allocations", report.batches);
    assert!(report.batches >= 10, "{}", report.batches);
    assert!(count <= report.batches * 200, "{count} allocations in {} batches", report.batches);
}

/// A key is there for one window, in which it speaks once on each side.
fn joined_keys_that_come_and_go() {
    let (left, right) = (in_turn(u64::MAX, 100_000), in_turn(u64::MAX, 100_000));
    let job = stream! {
        let right = source::vec(right) -> timestamp(|record| Timestamp::from_millis(record.1)) -> key_by(|record| record.0);
        source::vec(left)
            -> timestamp(|record| Timestamp::from_millis(record.1))
            -> key_by(|record| record.0)
            -> join(right, window = tumbling(1s), |left, right| (left.0, right.1)) as joined
            -> sink::discard();
    };
    let (report, count) = allocations(|| job.threads(1).batch_bytes(BATCH_BYTES).signals(false).run().expect("runs"));
    println!("100,000 keys joined in {} batches: {count} allocations", report.batches);
    // a list a key and side would be twice as many as there are keys
    assert!(count <= 100_000, "{count} allocations");
}
