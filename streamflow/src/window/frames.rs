//! The columns of panes or windows, by index.

use crate::state::column::Column;
use crate::state::interner::NONE;
use std::ops::RangeInclusive;

/// The columns of panes or windows, by index. Few are open at a time, so they stand in a sorted list.
pub(crate) struct Frames<A> {
    frames: Vec<Frame<A>>,
    /// Where in the list a frame may stand, by the last bits of its index: records out of order go to one of several open frames, and
    /// no processor guesses to which.
    places: [u32; PLACES],
    /// Emptied columns whose memory will be used again.
    spare: Vec<Column<A>>,
}

/// A power of two.
const PLACES: usize = 8;

/// The place of an index among the others.
#[inline(always)]
fn place(index: i64) -> usize {
    index as usize % PLACES
}

struct Frame<A> {
    index: i64,
    column: Column<A>,
    /// Records are in time for every window of the frame while their partition has not reached this.
    open_until: i64,
    /// Made in this batch.
    born: bool,
    /// Numbers that have changed since they were last shown, without those of this batch; kept where windows are shown early.
    unseen: Vec<u64>,
}

/// Which numbers of a frame are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// All that have a value.
    All,
    /// Those that this batch has changed.
    Changed,
    /// Those that have changed since they were last shown.
    Unseen,
}

impl<A> Frame<A> {
    fn has(&self, part: Which) -> bool {
        match part {
            Which::All => true,
            Which::Changed => self.column.is_touched(),
            Which::Unseen => self.column.is_touched() || self.unseen.iter().any(|word| *word != 0),
        }
    }
}

/// A frame as rows see it.
pub(crate) struct Held<'f, A>(&'f Frame<A>);

impl<'f, A> Held<'f, A> {
    pub fn column(&self) -> &'f Column<A> {
        &self.0.column
    }
    pub fn index(&self) -> i64 {
        self.0.index
    }
    pub fn words(&self) -> usize {
        self.0.column.live().len()
    }
    /// 64 numbers of a part.
    #[inline(always)]
    pub fn bits(&self, part: Which, word: usize) -> u64 {
        let bits = |words: &[u64]| words.get(word).copied().unwrap_or(0);
        match part {
            Which::All => bits(self.0.column.live()),
            Which::Changed => bits(self.0.column.touched()),
            Which::Unseen => bits(self.0.column.touched()) | bits(&self.0.unseen),
        }
    }
}

impl<A> Frames<A> {
    pub const fn new() -> Self {
        Frames { frames: vec![], places: [0; PLACES], spare: vec![] }
    }

    /// Where a frame stands until frames come or go; [`NONE`] where it is not there, or is not one of the newest: most records go to those.
    /// Brings the value of a number into the cache.
    #[inline(always)]
    pub fn find(&self, index: i64, number: u32) -> u32 {
        let at = self.places[place(index)];
        match self.frames.get(at as usize) {
            Some(frame) if frame.index == index => {
                frame.column.touch(number);
                at
            }
            _ => NONE,
        }
    }

    /// The column of the frame that stands there, if it is open to a record whose partition has reached so far.
    #[inline(always)]
    pub fn open(&mut self, at: u32, reached: i64) -> Option<&mut Column<A>> {
        let frame = self.frames.get_mut(at as usize)?;
        (frame.open_until > reached).then_some(&mut frame.column)
    }

    /// Makes room for so many numbers in every frame.
    pub fn fit(&mut self, numbers: usize, initial: impl Fn() -> A) {
        self.frames.iter_mut().for_each(|frame| frame.column.fit(numbers, &initial));
    }

    /// Behind the records of a batch.
    pub fn folded(&mut self) {
        self.frames.iter_mut().for_each(|frame| frame.column.folded());
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    /// Frames have come or gone.
    fn moved(&mut self) {
        for (at, frame) in self.frames.iter().enumerate() {
            self.places[place(frame.index)] = at as u32;
        }
    }

    /// The column of an index; made if it is missing.
    pub fn column(&mut self, index: i64, open_until: i64) -> &mut Column<A> {
        let at = self.frames.partition_point(|frame| frame.index < index);
        if self.frames.get(at).is_none_or(|frame| frame.index != index) {
            let column = self.spare.pop().unwrap_or(Column::new());
            self.frames.insert(at, Frame { index, column, open_until, born: true, unseen: vec![] });
            self.moved();
        }
        &mut self.frames[at].column
    }

    /// A number has changed since it was last shown, as far as anybody knows: its value comes out of a checkpoint.
    pub fn unseen(&mut self, index: i64, number: u32) {
        if let Ok(at) = self.frames.binary_search_by_key(&index, |frame| frame.index) {
            let (unseen, word) = (&mut self.frames[at].unseen, number as usize / 64);
            unseen.resize(unseen.len().max(word + 1), 0);
            unseen[word] |= 1 << (number % 64);
        }
    }

    pub fn get(&self, index: i64) -> Option<Held<'_, A>> {
        let at = self.frames.binary_search_by_key(&index, |frame| frame.index).ok()?;
        Some(Held(&self.frames[at]))
    }

    pub fn range(&self, indices: RangeInclusive<i64>) -> impl Iterator<Item = Held<'_, A>> {
        let from = self.frames.partition_point(|frame| frame.index < *indices.start());
        let frames = self.frames[from..].iter();
        frames.take_while(move |frame| frame.index <= *indices.end()).map(Held)
    }

    pub fn indices(&self) -> impl Iterator<Item = i64> {
        self.frames.iter().map(|frame| frame.index)
    }

    /// Those that hold a part.
    pub fn with(&self, part: Which) -> impl Iterator<Item = i64> {
        self.frames.iter().filter(move |frame| frame.has(part)).map(|frame| frame.index)
    }

    pub fn columns(&self) -> impl Iterator<Item = &Column<A>> {
        self.frames.iter().map(|frame| &frame.column)
    }

    /// Makes the batch final and drops the frames that are over. True if there were any.
    pub fn commit(&mut self, over: impl Fn(i64) -> bool, initial: impl Fn() -> A) -> bool {
        let before = self.frames.len();
        for frame in &mut self.frames {
            frame.column.commit();
            frame.born = false;
        }
        // frames are sorted and windows close in order, so those that are over come first
        let first_kept = self.frames.partition_point(|frame| over(frame.index));
        for mut frame in self.frames.drain(..first_kept) {
            frame.column.reset(&initial);
            self.spare.push(frame.column);
        }
        // more than were ever open at a time will not be needed
        self.spare.truncate(before.max(2));
        self.moved();
        self.frames.len() < before
    }

    /// Before a commit: keeps in mind what the batch has changed and not shown.
    pub fn remember(&mut self, shown: bool) {
        for frame in &mut self.frames {
            if shown {
                frame.unseen.clear();
                continue;
            }
            let touched = frame.column.touched();
            frame.unseen.resize(touched.len(), 0);
            frame.unseen.iter_mut().zip(touched).for_each(|(unseen, touched)| *unseen |= touched);
        }
    }

    /// Begins a frame anew, if it is there. True if it was.
    pub fn purge(&mut self, index: i64, initial: impl Fn() -> A) -> bool {
        let found = self.frames.binary_search_by_key(&index, |frame| frame.index);
        if let Ok(at) = found {
            self.frames[at].column.reset(initial);
        }
        found.is_ok()
    }

    pub fn rollback(&mut self, initial: impl Fn() -> A) {
        self.frames.iter_mut().for_each(|frame| frame.column.rollback(&initial));
        self.frames.retain(|frame| !frame.born);
        self.moved();
    }

    pub fn bytes(&self) -> usize {
        self.columns().chain(&self.spare).map(Column::bytes).sum()
    }
}
