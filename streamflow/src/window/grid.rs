//! The grid of windows and panes: which windows and panes hold a moment.

use super::divide::Divisor;
use crate::{Error, ErrorKind};
use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

/// Windows `[origin + index * slide, .. + size)`, cut into panes of their greatest common divisor.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    size: i64,
    slide: i64,
    /// From nothing up to the slide.
    origin: i64,
    pane: i64,
    by_pane: Divisor,
}

/// As plans show it: `10s every 1s`.
impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let duration = |micros: i64| Duration::from_micros(micros.unsigned_abs());
        write!(f, "{:?}", duration(self.size))?;
        if !self.tumbles() {
            write!(f, " every {:?}", duration(self.slide))?;
        }
        if self.origin != 0 {
            write!(f, ", {:?} after the full {:?}", duration(self.origin), duration(self.slide))?;
        }
        Ok(())
    }
}

/// The nearest number of 64 bits.
#[inline(always)]
fn clamped(number: i128) -> i64 {
    number.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

impl Grid {
    /// Windows of a size that start every `slide`, moved by an offset of less than the slide.
    pub fn new(size: i64, slide: i64, offset: i64) -> Result<Self, Error> {
        if size <= 0 || slide <= 0 {
            return Err(super::no_length("give size and slide of at least one microsecond"));
        }
        if offset.unsigned_abs() >= slide.unsigned_abs() {
            let error = Error::new(ErrorKind::Settings, "the offset of a window is not shorter than its slide");
            return Err(error.help("windows repeat with the slide: take whole slides off the offset"));
        }
        let (pane, origin) = (divisor(size, slide), offset.rem_euclid(slide));
        Ok(Grid { size, slide, origin, pane, by_pane: Divisor::new(pane, origin % pane) })
    }

    pub fn size(&self) -> i64 {
        self.size
    }

    /// Windows of batches as plans show them.
    pub fn in_batches(&self) -> String {
        match (self.size, self.slide) {
            (1, 1) => "each batch".to_owned(),
            (size, slide) if size == slide => format!("{size} batches"),
            (size, slide) => format!("{size} batches every {slide}"),
        }
    }

    pub fn tumbles(&self) -> bool {
        self.size == self.slide
    }

    /// How many slides a window is long, rounded down.
    pub fn slides(&self) -> i64 {
        self.size / self.slide
    }

    /// The pane of a moment; panes are counted from the first one behind 1970, so that each has a number. Floor division: also right before 1970.
    #[inline(always)]
    pub fn pane(&self, time: i64) -> i64 {
        self.by_pane.floor(time)
    }

    /// The windows that hold a moment; empty in the gap of windows that skip.
    #[inline]
    pub fn windows(&self, time: i64) -> RangeInclusive<i64> {
        let from = time.checked_sub(self.origin);
        let Some((time, before)) = from.and_then(|from| Some((from, from.checked_sub(self.size)?))) else {
            return self.windows_at_the_edge(time);
        };
        // the first window whose end lies after the moment
        before.div_euclid(self.slide) + 1..=time.div_euclid(self.slide)
    }

    /// The same where the numbers of 64 bits end. Windows that only more bits could number are left out; every moment that has windows
    /// keeps one.
    #[cold]
    fn windows_at_the_edge(&self, time: i64) -> RangeInclusive<i64> {
        let time = i128::from(time) - i128::from(self.origin);
        let (size, slide) = (i128::from(self.size), i128::from(self.slide));
        clamped((time - size).div_euclid(slide) + 1)..=clamped(time.div_euclid(slide))
    }

    /// A moment so far behind the start of a window; the first or the last that there is, where it lies outside.
    #[inline(always)]
    fn moment(&self, window: i64, behind: i64) -> i64 {
        clamped(i128::from(window) * i128::from(self.slide) + i128::from(self.origin) + i128::from(behind))
    }

    /// The windows that hold a pane.
    pub fn windows_of(&self, pane: i64) -> RangeInclusive<i64> {
        // a pane that begins before the first moment holds it
        self.windows(clamped(i128::from(pane) * i128::from(self.pane) + i128::from(self.origin % self.pane)))
    }

    /// The first and the last moment of a pane.
    pub fn moments_of(&self, pane: i64) -> RangeInclusive<i64> {
        let first = i128::from(pane) * i128::from(self.pane) + i128::from(self.origin % self.pane);
        clamped(first)..=clamped(first + i128::from(self.pane) - 1)
    }

    /// Those of them that end behind one moment, and at or before another: a long window has many panes, and a pane many windows.
    pub fn windows_between(&self, pane: i64, after: i64, until: i64) -> RangeInclusive<i64> {
        let (from, to) = self.windows_of(pane).into_inner();
        // the last moment that there is ends all windows that go beyond it
        let from = if after == i64::MAX { None } else { Some(from.max(*self.windows(after).start())) };
        let to = if until == i64::MAX {
            Some(to)
        } else {
            self.windows(until).start().checked_sub(1).map(|last| to.min(last))
        };
        match (from, to) {
            (Some(from), Some(to)) => from..=to,
            #[allow(clippy::reversed_empty_ranges, reason = "none of them")]
            _ => 1..=0,
        }
    }

    /// May a window end behind one moment, and at or before another?
    pub fn ends_between(&self, after: i64, until: i64) -> bool {
        after < until && self.end(*self.windows(after).start()) <= until
    }

    pub fn panes_of(&self, window: i64) -> RangeInclusive<i64> {
        let (slide, size) = (self.slide / self.pane, self.size / self.pane);
        let first = i128::from(window) * i128::from(slide) + i128::from(self.origin / self.pane);
        clamped(first)..=clamped(first + i128::from(size) - 1)
    }

    #[inline(always)]
    pub fn start(&self, window: i64) -> i64 {
        self.moment(window, 0)
    }

    #[inline(always)]
    pub fn end(&self, window: i64) -> i64 {
        self.moment(window, self.size)
    }

    /// The last moment of a window: one before its end, unless that is cut off by the last moment that there is.
    #[inline]
    pub fn last(&self, window: i64) -> i64 {
        self.moment(window, self.size - 1)
    }

    /// The windows that end behind one moment, and at or before another.
    pub fn ending(&self, after: i64, until: i64) -> impl Iterator<Item = i64> + use<> {
        let grid = *self;
        let from = *grid.windows(after).start();
        (from..)
            .skip_while(move |window| grid.end(*window) <= after)
            .take_while(move |window| grid.end(*window) <= until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(grid: Grid, time: i64) -> Vec<(i64, i64)> {
        grid.windows(time).map(|window| (grid.start(window), grid.end(window))).collect()
    }

    #[test]
    fn windows_of_a_moment_before_1970() {
        let grid = Grid::new(10, 10, 0).unwrap();
        assert_eq!(grid.windows(-1), -1..=-1);
        assert_eq!((grid.start(-1), grid.end(-1)), (-10, 0));
        let grid = Grid::new(10, 5, 0).unwrap();
        assert_eq!(grid.windows(-1), -2..=-1);
        assert_eq!(grid.windows(0), -1..=0);
        assert_eq!(grid.windows_of(grid.pane(7)), 0..=1);
        assert_eq!(grid.panes_of(1), 1..=2);
    }

    #[test]
    fn windows_that_skip_leave_gaps() {
        let grid = Grid::new(3, 10, 0).unwrap();
        assert_eq!(grid.windows(2).collect::<Vec<_>>(), [0]);
        assert!(grid.windows(3).is_empty() && grid.windows(9).is_empty());
        assert_eq!(grid.panes_of(1), 10..=12);
    }

    #[test]
    fn panes_of_sizes_that_do_not_divide() {
        assert_eq!(Grid::new(10, 4, 0).unwrap().pane(5), 2);
        for offset in -3..=3 {
            let grid = Grid::new(10, 4, offset).unwrap();
            for time in -30..30 {
                let windows = grid.windows(time).collect::<Vec<_>>();
                assert_eq!(windows, grid.windows_of(grid.pane(time)).collect::<Vec<_>>());
                for window in windows {
                    assert!(grid.start(window) <= time && time < grid.end(window));
                    assert_eq!((grid.start(window) - offset).rem_euclid(4), 0);
                    assert!(grid.panes_of(window).contains(&grid.pane(time)));
                }
            }
        }
    }

    #[test]
    fn windows_at_both_ends_of_time() {
        let lengths = [(10, 10), (10, 4), (1, 1), (7, 1), (8, 7), (i64::MAX, i64::MAX), (i64::MAX, 10_000_000_000)];
        for (size, slide) in lengths {
            for offset in [0, slide / 2, 1 - slide] {
                let grid = Grid::new(size, slide, offset).unwrap();
                for time in [i64::MIN, i64::MIN + 1, i64::MIN + size / 2, i64::MAX - size / 2, i64::MAX - 1, i64::MAX] {
                    let (windows, pane) = (grid.windows(time), grid.pane(time));
                    assert!(!windows.is_empty(), "{grid} has no window for {time}");
                    assert_eq!(windows, grid.windows_of(pane), "{grid} at {time}");
                    for window in [*windows.start(), *windows.end()] {
                        assert!(grid.start(window) <= time && time <= grid.last(window), "{grid} at {time}");
                        assert!(grid.last(window) < grid.end(window) || grid.end(window) == i64::MAX);
                        assert!(grid.panes_of(window).contains(&pane), "{grid} at {time}");
                    }
                }
            }
        }
        let grid = Grid::new(10, 10, 0).unwrap();
        let first = *grid.windows(i64::MIN).end();
        assert_eq!(
            grid.end(first),
            grid.start(first + 1),
            "what is cut off at its start ends where the next one begins"
        );
        let gaps = Grid::new(3, 10, 0).unwrap();
        assert!(gaps.windows(i64::MIN + 6).is_empty() && !gaps.windows(i64::MIN).is_empty());
    }

    #[test]
    fn windows_of_a_pane_that_end_between_two_moments() {
        let lengths = [(10, 10), (10, 4), (1, 1), (40, 3), (3, 10), (i64::MAX, 1 << 61)];
        for (size, slide) in lengths {
            for offset in [0, slide / 2, 1 - slide] {
                let grid = Grid::new(size, slide, offset).unwrap();
                for base in [i64::MIN, -30, i64::MAX - 60] {
                    let moments: Vec<i64> = (base..base + 60).chain([i64::MIN, i64::MAX]).collect();
                    let few = moments.iter().step_by(7).chain([&i64::MIN, &i64::MAX]);
                    for (time, (after, until)) in moments
                        .iter()
                        .flat_map(|time| few.clone().map(move |after| (*time, *after)))
                        .flat_map(|(time, after)| few.clone().map(move |until| (time, (after, *until))))
                    {
                        let pane = grid.pane(time);
                        let wanted = |window: &i64| after < grid.end(*window) && grid.end(*window) <= until;
                        let expected: Vec<i64> = grid.windows_of(pane).filter(wanted).collect();
                        let found: Vec<i64> = grid.windows_between(pane, after, until).collect();
                        assert_eq!(found, expected, "{grid} at {time}, behind {after} to {until}");
                        assert!(expected.is_empty() || grid.ends_between(after, until));
                    }
                }
            }
        }
        assert!(!Grid::new(40, 10, 0).unwrap().ends_between(10, 19));
    }

    #[test]
    fn no_length_is_refused() {
        assert!(Grid::new(0, 1, 0).is_err() && Grid::new(1, 0, 0).is_err());
    }

    #[test]
    fn an_offset_moves_all_windows() {
        let grid = Grid::new(5_000, 5_000, 100).unwrap();
        assert_eq!(bounds(grid, 100), [(100, 5_100)]);
        assert_eq!(bounds(grid, 99), [(-4_900, 100)]);
        let grid = Grid::new(5_000, 1_000, -100).unwrap();
        let windows = [(-4_100, 900), (-3_100, 1_900), (-2_100, 2_900), (-1_100, 3_900), (-100, 4_900)];
        assert_eq!(bounds(grid, 0), windows);
        assert_eq!(bounds(grid, 4_899).first(), Some(&(-100, 4_900)));
        assert_eq!(bounds(grid, 4_900).first(), Some(&(900, 5_900)));
    }

    #[test]
    fn an_offset_of_a_slide_or_more_is_refused() {
        for offset in [-11, -10, 10, 11] {
            assert!(Grid::new(20, 10, offset).is_err(), "{offset}");
        }
        assert!(Grid::new(20, 10, 9).is_ok() && Grid::new(20, 10, -9).is_ok());
    }

    #[test]
    fn windows_that_end_between_two_moments() {
        let grid = Grid::new(4, 2, 1).unwrap();
        let ends = |after, until| grid.ending(after, until).map(|window| grid.end(window)).collect::<Vec<_>>();
        assert_eq!(ends(1, 7), [3, 5, 7]);
        assert_eq!(ends(2, 3), [3]);
        assert!(ends(3, 4).is_empty() && ends(3, 3).is_empty());
        let grid = Grid::new(1, 5, 0).unwrap();
        assert_eq!(grid.ending(1, 6).map(|window| grid.end(window)).collect::<Vec<_>>(), [6]);
    }
}
