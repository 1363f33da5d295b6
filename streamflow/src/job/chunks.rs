//! The work of a batch in parallel: a task for each chunk, a task for each lane of shards.

use super::carry::{Cells, Shared};
use super::failure::{Caught, Failure, catch, without};
use super::leaves::{Leaves, Work};
use super::turn::{ChunkInfo, PartitionState, Turn};
use super::waves::in_waves;
use crate::state::Probe;
use crate::state::exchange::{Bucket, Buckets, Entry};
use std::sync::{Mutex, PoisonError};

/// Rows that are at hand, without times.
pub struct Rows<I>(pub I);

impl<I: IntoIterator> Rows<I> {
    /// Calls `each` with every row.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(I::Item, ())) {
        self.0.into_iter().for_each(|row| each(row, ()));
    }
}

/// Rows that are at hand, each with its stamp.
pub struct Stamped<I>(pub I);

impl<T, S, I: IntoIterator<Item = (T, S)>> Stamped<I> {
    /// Calls `each` with every row.
    #[inline(always)]
    pub fn each(self, mut each: impl FnMut(T, S)) {
        self.0.into_iter().for_each(|(row, stamp)| each(row, stamp));
    }
}

/// Whose chunks are run.
pub(crate) struct SourceChunks<'c> {
    /// Which source of the pipeline.
    pub number: u32,
    pub partitions: &'c mut [PartitionState],
    /// The partition of each chunk.
    pub chunks: &'c [u32],
}

/// Runs `count` chunks, of a source or of a state: `make` and `absorb` on this thread, `task` in parallel; `absorb` sees the results in order. On one
/// thread each result is absorbed before the next chunk, while it is in the cache.
pub(crate) fn chunks<L>(
    turn: &Turn<'_>,
    count: usize,
    source: Option<SourceChunks<'_>>,
    mut make: impl FnMut() -> L,
    task: impl Fn(usize, L) -> (L, u64),
    mut absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    run(turn, count, count, source, &mut Work::new(&mut make, &task, &mut absorb))
}

/// The same for chunks of a state, so many side by side: each is run behind the one that many before it, whatever thread takes it.
pub(crate) fn in_lanes<L>(
    turn: &Turn<'_>,
    count: usize,
    lanes: usize,
    mut make: impl FnMut() -> L,
    task: impl Fn(usize, L) -> (L, u64),
    mut absorb: impl FnMut(ChunkInfo, L) -> Result<(), Failure>,
) -> Result<(), Failure> {
    run(turn, count, lanes, None, &mut Work::new(&mut make, &task, &mut absorb))
}

fn run(
    turn: &Turn<'_>,
    count: usize,
    lanes: usize,
    mut source: Option<SourceChunks<'_>>,
    leaves: &mut dyn Leaves,
) -> Result<(), Failure> {
    let mut rows = PartitionState::default();
    let of_source = source.is_some();
    let mut take = |leaves: &mut dyn Leaves, index: usize, at: usize, result: Result<u64, Caught>| {
        let result = match &turn.panicked {
            Some(panicked) if of_source => without(result, panicked, &mut || {
                leaves.make(at);
                catch(|| leaves.run(index, at))
            }),
            _ => result,
        };
        let (number, partition, state) = match &mut source {
            Some(of) => (of.number, of.chunks[index], &mut of.partitions[of.chunks[index] as usize]),
            None => (0, u32::MAX, &mut rows),
        };
        let chunk = ChunkInfo { source: number, partition, first: state.records, watermark: i64::MIN };
        state.records += result.map_err(|caught| caught.place(chunk))?;
        let done = leaves.absorb(at, chunk);
        turn.executor.waves().absorbed();
        done
    };
    if count == 1 || turn.threads() == 1 {
        return (0..count).try_for_each(|index| {
            leaves.make(0);
            let result = turn.executor.board().task(0, index, || catch(|| leaves.run(index, 0)));
            take(leaves, index, 0, result)
        });
    }
    // rows that go behind one another are no input: a wave would only cut their lanes
    in_waves(turn, count, lanes == count, &mut |wave| {
        (0..wave.len()).for_each(|at| leaves.make(at));
        let results: Vec<Mutex<Option<Result<u64, Caught>>>> = wave.clone().map(|_| Mutex::new(None)).collect();
        let (first, shared) = (wave.start, Shared(&*leaves));
        turn.executor.run(first..wave.end.min(first + lanes), &|lane| {
            (lane..wave.end).step_by(lanes).for_each(|index| {
                let result = catch(|| shared.get().run(index, index - first));
                *results[index - first].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            });
        });
        results.into_iter().enumerate().try_for_each(|(at, result)| {
            let result = result.into_inner().unwrap_or_else(PoisonError::into_inner);
            result.map_or(Ok(()), |result| take(leaves, first + at, at, result))
        })
    })
}

/// Runs one task a lane over the shards it owns and the parts of all chunks, in chunk order. `fold` is told the place of the chunk
/// among them.
pub(crate) fn lanes<S, P: Probe, C>(
    turn: &Turn<'_>,
    buckets: &Buckets<P, C>,
    shards: &mut [S],
    parts: Vec<(ChunkInfo, Bucket<P, C>)>,
    fold: &dyn Fn(&mut [S], usize, (usize, ChunkInfo), &mut Vec<Entry<P, C>>),
) -> Result<(), Failure> {
    if parts.is_empty() {
        return Ok(());
    }
    if !buckets.combines() {
        turn.look_for_hot_keys(parts.iter().map(|(_, bucket)| bucket));
    }
    let (lanes, spare) = (buckets.lanes(), buckets.spare());
    let of = shards.len() / lanes;
    let mut work: Vec<Vec<(ChunkInfo, Vec<_>)>> = (0..lanes).map(|_| Vec::with_capacity(parts.len())).collect();
    for (chunk, mut bucket) in parts {
        for (lane, work) in work.iter_mut().enumerate() {
            work.push((chunk, std::mem::take(bucket.lane(lane))));
        }
        buckets.emptied(bucket);
    }
    let owned = shards.chunks_mut(of).zip(work).map(|owned| Cells(Mutex::new((Some(owned), None))));
    let owned: Vec<Cells<_, Result<(), (usize, Failure)>>> = owned.collect();
    let fold = Shared(fold);
    turn.executor.run(0..lanes, &|lane| {
        let mine = owned[lane].lock().0.take();
        if let Some((shards, work)) = mine {
            let first = lane * of;
            let mut work = work.into_iter().enumerate();
            let done = work.try_for_each(|(index, (chunk, mut entries))| {
                let done = Failure::catch(chunk, || fold.get()(shards, first, (index, chunk), &mut entries));
                spare.give(entries);
                done.map_err(|failure| (index, failure))
            });
            owned[lane].lock().1 = Some(done);
        }
    });
    // of several failures the one of the first chunk is told: not that of the thread that was faster
    let failed = owned.into_iter().filter_map(|cell| cell.into_result()?.err());
    failed.min_by_key(|(index, _)| *index).map_or(Ok(()), |(_, failure)| Err(failure))
}
