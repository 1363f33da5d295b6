//! Sliding windows driven batch by batch without a pipeline, also through batches that fail when rows are made and are taken back.

use crate::flow::aggregate::Aggregate;
use crate::flow::aside::Dropped;
use crate::flow::{Flow, Open};
use crate::job::turn::{ChunkInfo, Failure, Polled, Task, Turn};
use crate::state::SlotApi;
use crate::window::any::{Opens, WindowSlot};
use crate::window::{Event, EventStamp, Window, sliding};
use crate::{BatchInfo, Keyed, Timed};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// Key, moment, value.
type Record = (u64, i64, i64);

/// Window end, key, sum.
type Row = (i64, u64, i64);

/// Runs one batch up to this watermark. Where a number of rows is given, the stage behind panics at that row: the batch is taken back.
fn batch<G>(
    slot: &mut WindowSlot<u64, i64>,
    window: &Window<Event>,
    aggregate: &G,
    threads: usize,
    (records, watermark, panics): (&[Record], i64, Option<usize>),
) -> Option<Vec<Row>>
where
    G: Aggregate<Record, Acc = i64, Out = i64>,
    G::Carry: Send,
{
    let executor = crate::job::executor::Executor::new(threads).expect("threads");
    let turn = Turn {
        task: Task::Run,
        stages: &[],
        panicked: None,
        batch: BatchInfo { epoch: 1, time: SystemTime::UNIX_EPOCH },
        last: false,
        input_ended: false,
        seed: 7,
        chunk_bytes: 1 << 16,
        executor: &executor,
        signal: &crate::source::Signal::default(),
        skew: None,
        polled: Polled::default(),
        saves: None,
        durable: None,
        outputs: &[],
        seek: &[],
        received: None,
        done: Default::default(),
    };
    let opened = Opens::<Record, u64, u64, Event, G, _>::open(&window, slot, Dropped, aggregate, &turn, 0);
    let Ok(mut run) = opened else { panic!("no window") };
    let mut bucket = run.buckets().bucket();
    for record in records {
        bucket.feed(aggregate, *record, record.0, EventStamp { time: record.1, watermark: i64::MIN }, 0);
    }
    let chunk = ChunkInfo { source: 0, partition: 0, first: 0, watermark: i64::MIN };
    let left = std::sync::atomic::AtomicUsize::new(panics.unwrap_or(usize::MAX));
    let mut rows = vec![];
    let done: Result<(), Failure> =
        run.absorb(&turn, chunk, bucket).and_then(|()| run.fold(&turn, watermark)).and_then(|()| {
            run.rows(
                &turn,
                Vec::new,
                |closed, mut leaf| {
                    closed.each(|row, _| {
                        let before = left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
                        assert!(before > 0, "this row is too much");
                        leaf.push((row.end.as_micros(), row.key, row.value));
                    });
                    (leaf, 0)
                },
                |_, leaf| {
                    rows.extend(leaf);
                    Ok(())
                },
            )
        });
    drop(run);
    match done {
        Ok(()) => slot.commit(),
        Err(_) => slot.rollback(),
    }
    assert!(rows.is_sorted_by_key(|row| row.0), "windows in order of their ends: {rows:?}");
    rows.sort_unstable();
    done.ok().map(|()| rows)
}

/// The rows of the windows that end behind one moment and up to another.
fn model(taken: &[(i64, Record)], size: i64, slide: i64, (closed, closing): (i64, i64)) -> Vec<Row> {
    let mut sums = BTreeMap::new();
    for (reached, (key, time, value)) in taken {
        let starts = (time - size - slide..=*time).filter(|start| start.rem_euclid(slide) == 0);
        let ends = starts.map(|start| start + size).filter(|end| end > time && end > reached);
        for end in ends.filter(|end| closed < *end && *end <= closing) {
            *sums.entry((end, *key)).or_insert(0) += value;
        }
    }
    sums.into_iter().map(|((end, key), sum)| (end, key, sum)).collect()
}

/// What the batches bring, how far each moves the watermark, and at which row a first trial of it fails.
fn batches() -> impl Strategy<Value = Vec<(Vec<Record>, i64, Option<usize>)>> {
    let record = (0u64..70, -20i64..40, -50i64..50);
    let fails = prop_oneof![Just(None), (0usize..30).prop_map(Some)];
    prop::collection::vec((prop::collection::vec(record, 0..12), 0i64..40, fails), 1..12)
}

proptest! {
    #[test]
    fn a_total_is_what_the_panes_add_up_to(
        batches in batches(), slide in 1i64..7, slides in 2i64..12, rest in 0i64..7, threads in 1usize..3,
    ) {
        let size = slide * slides + rest % slide;
        let micros = |micros: i64| Duration::from_micros(micros as u64);
        let window = sliding(micros(size), micros(slide));
        let flow = Flow::<Record, Open<Keyed<u64>, Event>, Timed>::NEW;
        let (aggregate, _) = flow.fold(&0i64, |sum, record| *sum += record.2);
        let (aggregate, ()) = crate::flow::proof::state(aggregate, ());
        let aggregate = aggregate.merge(|into, from| *into += from).inverse(|all, leaving| *all -= leaving);
        let mut slot = WindowSlot::default();
        let (mut taken, mut closed) = (vec![], i64::MIN);
        let mut now = 0;
        for (records, step, fails) in batches.into_iter().chain([(vec![], i64::MAX, None)]) {
            let records: Vec<Record> = records.into_iter().map(|(key, time, value)| (key, now + time, value)).collect();
            now = if step == i64::MAX { i64::MAX } else { now + step };
            // what fails brings other records than what is tried behind it
            let other: Vec<Record> = records.iter().map(|(key, time, value)| (key / 2, *time, value + 1)).collect();
            let until = |taken: &[(i64, Record)]| model(taken, size, slide, (closed, now));
            let tried: Vec<_> = taken.iter().copied().chain(other.iter().map(|record| (closed, *record))).collect();
            if let Some(row) = fails.filter(|row| *row < until(&tried).len()) {
                let failed = batch(&mut slot, &window, &aggregate, threads, (&other, now, Some(row)));
                prop_assert_eq!(failed, None);
            }
            taken.extend(records.iter().map(|record| (closed, *record)));
            let expected = until(&taken);
            let rows = batch(&mut slot, &window, &aggregate, threads, (&records, now, None));
            prop_assert_eq!(rows, Some(expected));
            closed = now;
        }
        prop_assert_eq!(slot.size().keys, 0, "no key is kept");
    }
}
