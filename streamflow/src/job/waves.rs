//! A batch goes to its states in waves of chunks: what the exchange holds at a time stays in the cache, whatever the size of the batch.
//!
//! Entries of an exchange take several times the bytes of their records. Those of a whole batch have left the cache before they are
//! folded, and fresh memory for those of a large one costs more than the work. So the lanes fold what some chunks have brought, then the
//! next chunks are run. With one thread each chunk is a wave, and needs none of this.

use super::chunks::lanes;
use super::failure::Failure;
use super::turn::{ChunkInfo, Turn};
use super::work::Part;
use crate::state::Probe;
use crate::state::exchange::{Bucket, Buckets, Entry};
use std::cell::{Cell, RefCell};
use std::ops::Range;

/// Bytes of entries that a wave aims at, a thread, in blocks of the job: 2 MiB where a block has 64 KiB.
const BLOCKS: usize = 32;
/// Chunks a thread in a first wave. At its end threads wait for each other, half a chunk on average.
const FIRST: usize = 8;
/// Chunks a thread in a wave at most, however little they bring: each has buckets of its own.
const MOST: usize = 256;

/// How long the waves of each loop are, and where the current one stands.
#[derive(Default)]
pub(crate) struct Waves {
    /// Bytes of entries that a chunk of a segment has brought to states lately, at most.
    usual: RefCell<Vec<Option<usize>>>,
    gathered: Cell<usize>,
    /// Chunks of this wave whose entries have not been taken.
    left: Cell<usize>,
}

impl Waves {
    /// Chunks in the next wave of a loop.
    fn next(&self, segment: usize, threads: usize, wave: usize) -> usize {
        let usual = self.usual.borrow().get(segment).copied().flatten();
        match usual {
            None => FIRST * threads,
            Some(usual) => (wave / usual.max(1)).clamp(threads, MOST * threads),
        }
    }

    fn begin(&self, chunks: usize) {
        self.gathered.set(0);
        self.left.set(chunks);
    }

    /// A chunk has brought so many bytes to a state.
    pub fn brought(&self, bytes: usize) {
        self.gathered.set(self.gathered.get() + bytes);
    }

    /// The entries of a chunk have been taken.
    pub fn absorbed(&self) {
        self.left.set(self.left.get().saturating_sub(1));
    }

    /// What a wave has brought is known. One that brings less may be the end of an input, so it counts little.
    fn end(&self, segment: usize, chunks: usize) {
        let mut all = self.usual.borrow_mut();
        if all.len() <= segment {
            all.resize(segment + 1, None);
        }
        let now = self.gathered.get() / chunks;
        all[segment] = Some(all[segment].map_or(now, |usual| now.max(usual - usual / 8)));
    }
}

/// Runs so many chunks in waves, if they may be divided: `run` those of one.
pub(crate) fn in_waves(
    turn: &Turn<'_>,
    count: usize,
    divides: bool,
    run: &mut dyn FnMut(Range<usize>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let waves = turn.executor.waves();
    let segment = match turn.executor.board().part() {
        Some(Part::Segment(number)) if divides => number,
        _ => return run(0..count),
    };
    let mut from = 0;
    while from < count {
        let chunks = waves.next(segment, turn.threads(), wave_bytes(turn)).min(count - from);
        waves.begin(chunks);
        run(from..from + chunks)?;
        waves.end(segment, chunks);
        from += chunks;
    }
    Ok(())
}

fn wave_bytes(turn: &Turn<'_>) -> usize {
    turn.chunk_bytes.saturating_mul(BLOCKS * turn.threads())
}

/// What chunks have brought to a state and its lanes have not folded.
pub(crate) struct Parts<P, C> {
    parts: Vec<(ChunkInfo, Bucket<P, C>)>,
    bytes: usize,
    /// Chunks that have been folded.
    folded: usize,
}

impl<P, C> Default for Parts<P, C> {
    fn default() -> Self {
        Parts { parts: vec![], bytes: 0, folded: 0 }
    }
}

impl<P: Probe, C> Parts<P, C> {
    /// The place of a chunk that is folded at once.
    pub fn place(&mut self) -> usize {
        self.folded += 1;
        self.folded - 1
    }

    /// Takes what a chunk has brought. True: it is to be folded now.
    pub fn push(&mut self, turn: &Turn<'_>, chunk: ChunkInfo, bucket: Bucket<P, C>) -> bool {
        let (waves, bytes) = (turn.executor.waves(), bucket.bytes());
        self.parts.push((chunk, bucket));
        self.bytes += bytes;
        waves.brought(bytes);
        // several states may share the bytes of a wave
        waves.left.get() == 1 && self.bytes >= wave_bytes(turn) / 4
    }

    /// All of it, in the order of the chunks.
    pub fn take(&mut self) -> Vec<(ChunkInfo, Bucket<P, C>)> {
        self.folded += self.parts.len();
        self.bytes = 0;
        std::mem::take(&mut self.parts)
    }

    /// Folds it: one task a lane, with the place of each chunk among all of the batch.
    pub fn fold<S>(
        &mut self,
        turn: &Turn<'_>,
        (stage, buckets): (u32, &Buckets<P, C>),
        shards: &mut [S],
        fold: &dyn Fn(&mut [S], usize, (usize, ChunkInfo), &mut Vec<Entry<P, C>>),
    ) -> Result<(), Failure> {
        let before = self.folded;
        let parts = self.take();
        turn.at_wave(stage, || {
            lanes(turn, buckets, shards, parts, &|shards, first, (place, chunk), entries| {
                fold(shards, first, (before + place, chunk), entries);
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Waves;

    const WAVE: usize = 1_000;

    /// Chunks of the next wave, behind waves of four chunks that have brought so many bytes each.
    fn next(brought: &[usize]) -> usize {
        let waves = Waves::default();
        for bytes in brought {
            waves.begin(4);
            waves.brought(4 * bytes);
            waves.end(2, 4);
        }
        waves.next(2, 2, WAVE)
    }

    #[test]
    fn a_wave_has_as_many_chunks_as_bring_the_bytes_it_aims_at() {
        assert_eq!(next(&[]), 16, "eight a thread, when nothing is known");
        assert_eq!(next(&[100]), 10);
        assert_eq!(next(&[100_000]), 2, "one a thread at least");
        assert_eq!(next(&[0]), 512, "nothing is brought to a state, or next to nothing: 256 a thread");
        assert_eq!(next(&[10, 100]), 10);
        assert_eq!(next(&[100, 0]), 11, "the end of an input counts little");
        assert_eq!(Waves::default().next(7, 2, WAVE), 16, "each loop for itself");
    }
}
