//! The grid of windows and panes, and the columns that belong to them.

use super::divide::Divisor;
use crate::state::column::Column;
use crate::{Error, ErrorKind};
use std::ops::RangeInclusive;

/// Windows `[index * slide, index * slide + size)`, cut into panes of their greatest common divisor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    size: i64,
    slide: i64,
    pane: i64,
    by_pane: Divisor,
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

impl Grid {
    pub fn new(size: i64, slide: i64) -> Result<Self, Error> {
        if size <= 0 || slide <= 0 {
            let error = Error::new(ErrorKind::Settings, "a window of no length holds nothing");
            return Err(error.help("give size and slide of at least one microsecond"));
        }
        let pane = divisor(size, slide);
        Ok(Grid { size, slide, pane, by_pane: Divisor::new(pane) })
    }

    pub fn tumbles(&self) -> bool {
        self.size == self.slide
    }

    /// The pane of a moment. Floor division: also right before 1970.
    #[inline(always)]
    pub fn pane(&self, time: i64) -> i64 {
        self.by_pane.floor(time)
    }

    /// The windows that hold a moment; empty in the gap of windows that skip.
    pub fn windows(&self, time: i64) -> RangeInclusive<i64> {
        let last = time.div_euclid(self.slide);
        // the first window whose end lies after the moment
        let first = time.saturating_sub(self.size).div_euclid(self.slide) + 1;
        first..=last
    }

    /// The windows that hold a pane.
    pub fn windows_of(&self, pane: i64) -> RangeInclusive<i64> {
        self.windows(pane.saturating_mul(self.pane))
    }

    pub fn panes_of(&self, window: i64) -> RangeInclusive<i64> {
        let first = window.saturating_mul(self.slide).div_euclid(self.pane);
        first..=first.saturating_add(self.size / self.pane - 1)
    }

    #[inline(always)]
    pub fn start(&self, window: i64) -> i64 {
        window.saturating_mul(self.slide)
    }

    #[inline(always)]
    pub fn end(&self, window: i64) -> i64 {
        self.start(window).saturating_add(self.size)
    }
}

/// The columns of panes or windows, by index. Few are open at a time, so they stand in a sorted list.
pub(crate) struct Frames<A> {
    frames: Vec<Frame<A>>,
    /// Emptied columns whose memory will be used again.
    spare: Vec<Column<A>>,
}

struct Frame<A> {
    index: i64,
    column: Column<A>,
    /// Records are in time for every window of the frame while their partition has not reached this.
    open_until: i64,
    /// Made in this batch.
    born: bool,
}

impl<A> Frames<A> {
    pub const fn new() -> Self {
        Frames { frames: vec![], spare: vec![] }
    }

    /// The column of an index if it is there and open to a record whose partition has reached so far. Looks at the newest
    /// frames only: most records go there.
    #[inline(always)]
    pub fn open(&mut self, index: i64, reached: i64) -> Option<&mut Column<A>> {
        let newest = self.frames.iter_mut().rev().take(4);
        let mut found = newest.filter(|frame| frame.index == index && frame.open_until > reached);
        Some(&mut found.next()?.column)
    }

    /// Brings the value of a number into the cache, if its frame is one of the newest.
    #[inline(always)]
    pub fn touch(&self, index: i64, number: u32) {
        if let Some(frame) = self.frames.iter().rev().take(4).find(|frame| frame.index == index) {
            frame.column.touch(number);
        }
    }

    /// The column of an index; made if it is missing.
    pub fn column(&mut self, index: i64, open_until: i64) -> &mut Column<A> {
        let at = self.frames.partition_point(|frame| frame.index < index);
        if self.frames.get(at).is_none_or(|frame| frame.index != index) {
            let column = self.spare.pop().unwrap_or(Column::new());
            self.frames.insert(at, Frame { index, column, open_until, born: true });
        }
        &mut self.frames[at].column
    }

    pub fn get(&self, index: i64) -> Option<&Column<A>> {
        let at = self.frames.binary_search_by_key(&index, |frame| frame.index).ok()?;
        Some(&self.frames[at].column)
    }

    pub fn range(&self, indices: RangeInclusive<i64>) -> impl Iterator<Item = &Column<A>> {
        let from = self.frames.partition_point(|frame| frame.index < *indices.start());
        let frames = self.frames[from..].iter();
        frames.take_while(move |frame| frame.index <= *indices.end()).map(|frame| &frame.column)
    }

    pub fn indices(&self) -> impl Iterator<Item = i64> {
        self.frames.iter().map(|frame| frame.index)
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
        self.frames.len() < before
    }

    pub fn rollback(&mut self, initial: impl Fn() -> A) {
        self.frames.iter_mut().for_each(|frame| frame.column.rollback(&initial));
        self.frames.retain(|frame| !frame.born);
    }

    pub fn bytes(&self) -> usize {
        self.columns().chain(&self.spare).map(Column::bytes).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_of_a_moment_before_1970() {
        let grid = Grid::new(10, 10).unwrap();
        assert_eq!(grid.windows(-1), -1..=-1);
        assert_eq!((grid.start(-1), grid.end(-1)), (-10, 0));
        let grid = Grid::new(10, 5).unwrap();
        assert_eq!(grid.windows(-1), -2..=-1);
        assert_eq!(grid.windows(0), -1..=0);
        assert_eq!(grid.windows_of(grid.pane(7)), 0..=1);
        assert_eq!(grid.panes_of(1), 1..=2);
    }

    #[test]
    fn windows_that_skip_leave_gaps() {
        let grid = Grid::new(3, 10).unwrap();
        assert_eq!(grid.windows(2).collect::<Vec<_>>(), [0]);
        assert!(grid.windows(3).is_empty() && grid.windows(9).is_empty());
        assert_eq!(grid.panes_of(1), 10..=12);
    }

    #[test]
    fn panes_of_sizes_that_do_not_divide() {
        let grid = Grid::new(10, 4).unwrap();
        assert_eq!(grid.pane(5), 2);
        for time in -30..30 {
            let windows = grid.windows(time).collect::<Vec<_>>();
            assert_eq!(windows, grid.windows_of(grid.pane(time)).collect::<Vec<_>>());
            for window in windows {
                assert!(grid.start(window) <= time && time < grid.end(window));
                assert!(grid.panes_of(window).contains(&grid.pane(time)));
            }
        }
    }

    #[test]
    fn no_length_is_refused() {
        assert!(Grid::new(0, 1).is_err() && Grid::new(1, 0).is_err());
    }
}
