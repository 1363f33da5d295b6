//! What may be said about a window once it is made.

use super::clock::{ClockKind, OfTime};
use super::options::Options;
use super::{
    Arrival, Batches, Boundary, Clock, Counts, Days, Emit, First, FromFirst, Offset, Session, Sliding, Window, grid,
    micros,
};
use crate::{Error, ErrorKind};
use std::marker::PhantomData;
use std::time::Duration;

/// The refusal of a window without a length; `cure` is what to give.
pub(super) fn no_length(cure: &str) -> Error {
    Error::new(ErrorKind::Settings, "a window of no length holds nothing").help(cure)
}

/// The refusal of a slide above the size.
pub(super) fn skips() -> Error {
    let error = Error::new(ErrorKind::Settings, "a window moves by more than its size, so records would be in none");
    error.help("make the slide at most the size, or say that this is meant: `gaps = true`")
}

impl<C, K> Window<C, K> {
    pub(crate) fn of(kind: K) -> Self {
        Window { kind, options: Options::default(), clock: PhantomData }
    }
}

impl<C: OfTime, K> Window<C, K> {
    /// Sets the clock: `clock = processing` inside `stream!`.
    #[must_use]
    pub fn clock<D: OfTime>(self, clock: D) -> Window<D, K> {
        let _ = clock;
        Window { kind: self.kind, options: self.options, clock: PhantomData }
    }

    /// How long a window keeps its state behind its end: `lateness = 1min` inside `stream!`.
    ///
    /// A record that comes after its window has been shown, but in this time, changes the window, which is shown again at the end of
    /// the batch.
    #[must_use]
    pub fn lateness(mut self, lateness: Duration) -> Self {
        self.options.lateness = micros(lateness);
        self
    }

    /// When windows are shown: `emit = changes` inside `stream!`.
    #[must_use]
    pub fn emit(mut self, emit: Emit) -> Self {
        self.options.emit = emit;
        self
    }

    /// Does a window begin anew each time it has been shown? `purge = true` inside `stream!`.
    #[must_use]
    pub fn purge(mut self, purge: bool) -> Self {
        self.options.purge = purge;
        self
    }
}

impl<C: OfTime> Window<C> {
    /// Moves all windows, by less than their slide: `offset = -8h` inside `stream!`.
    #[must_use]
    pub fn offset(mut self, offset: impl Into<Offset>) -> Self {
        self.kind.offset = offset.into().micros();
        self
    }

    /// Makes windows of whole days those of a time zone, by its name in the IANA database: `tumbling(1d, zone = "Europe/Berlin")`
    /// inside `stream!`. A day then begins at midnight there and may have 23 or 25 hours; several days count from 1970-01-01.
    ///
    /// The day of each record is looked up, and its windows are kept one by one: dearer than `tumbling` without a zone.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut hours = Vec::new();
    /// stream! {
    ///     source::vec(vec![1_743_300_000])
    ///         -> timestamp(|second| Timestamp::from_secs(*second))
    ///         -> window(tumbling(1d, zone = "Europe/Berlin"))
    ///         -> count()
    ///         -> map(|row| (row.end.as_secs() - row.start.as_secs()) / 3_600)
    ///         -> &mut hours
    /// }
    /// .run()?;
    /// assert_eq!(hours, [23], "on March 30, 2025");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    #[must_use]
    pub fn zone(self, name: &str) -> Window<C, Days> {
        let Sliding { size, slide, offset, gaps } = self.kind;
        let (plain, zone) = (size == slide && offset == 0 && !gaps, jiff::tz::TimeZone::get(name).ok());
        let kind = Days { size, plain, name: name.to_owned(), zone };
        Window { kind, options: self.options, clock: PhantomData }
    }
}

impl<C: OfTime> Window<C> {
    /// Counts windows from the first record of their key, not from 1970-01-01: `origin = first` inside `stream!`.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut trials = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 7), ("bob", 9), ("ann", 16), ("ann", 18), ("ann", 30), ("bob", 40)])
    ///         -> timestamp(|event| Timestamp::from_secs(event.1))
    ///         -> key_by(|event| event.0)
    ///         -> window(tumbling(10s, origin = first))
    ///         -> count()
    ///         -> map(|row| (row.key.to_owned(), row.start.as_secs(), row.value))
    ///         -> &mut trials
    /// }
    /// .run()?;
    /// let trial = |key: &str, start: i64, count: u64| (key.to_owned(), start, count);
    /// trials.sort();
    /// let ann = [trial("ann", 7, 2), trial("ann", 17, 1), trial("ann", 27, 1)];
    /// assert_eq!(trials[..3], ann, "they follow each other");
    /// assert_eq!(trials[3..], [trial("bob", 9, 1), trial("bob", 40, 1)], "the first one had closed");
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// The first record is the one that comes first, whatever its time. A record that lies before it is in the windows that the same grid
    /// has there; one behind it is in none that begins earlier. While a key has a window open, lateness included, the others follow it; a record that
    /// finds none open for its partition begins anew. So of one partition windows do not depend on the cut into batches; of several,
    /// which record of a key is the first is open.
    ///
    /// Windows are kept one by one: dearer than a grid that all keys share. They have no `offset`, no `zone` and no `purge`. Renoir counts its
    /// event-time windows so.
    #[must_use]
    pub fn origin(self, origin: First) -> Window<C, FromFirst> {
        let First = origin;
        Window { kind: FromFirst(self.kind), options: self.options, clock: PhantomData }
    }
}

impl<C> Window<C, FromFirst> {
    /// May windows leave gaps? `gaps = true` inside `stream!`.
    #[must_use]
    pub fn gaps(mut self, gaps: bool) -> Self {
        self.kind.0.gaps = gaps;
        self
    }
}

impl<C> Window<C> {
    /// May windows leave gaps, so that a slide above the size is meant? `gaps = true` inside `stream!`. What falls between two
    /// windows is in none, and not late.
    #[must_use]
    pub fn gaps(mut self, gaps: bool) -> Self {
        self.kind.gaps = gaps;
        self
    }
}

impl<C, G> Window<C, Session<G>> {
    /// Do two records with exactly a gap between them belong to one session? `boundary = open` inside `stream!`: they do not.
    #[must_use]
    pub fn boundary(mut self, boundary: Boundary) -> Self {
        self.kind.boundary = boundary;
        self
    }
}

impl Window<Arrival, Counts> {
    /// After how many records the next window begins: `every = 2` inside `stream!`.
    #[must_use]
    pub fn every(mut self, every: u64) -> Self {
        self.kind.every = every;
        self
    }

    /// May a slide be longer than the size, so that some records are in no window? `gaps = true` inside `stream!`.
    #[must_use]
    pub fn gaps(mut self, gaps: bool) -> Self {
        self.kind.gaps = gaps;
        self
    }
}

impl Window<Batches> {
    /// After how many batches the next window ends: `every = 2` inside `stream!`.
    #[must_use]
    pub fn every(mut self, every: u32) -> Self {
        self.kind.slide = i64::from(every);
        self
    }

    /// Do keys that have had a record stay, with the value of no record, when none of theirs is left in the window? `keep_empty = true`
    /// inside `stream!`. What Spark does with an inverse function and no filter; such keys are never forgotten.
    #[must_use]
    pub fn keep_empty(mut self, keep: bool) -> Self {
        self.options.keep_empty = keep;
        self
    }
}

impl<C: Clock> Window<C> {
    pub(crate) fn grid(&self) -> Result<grid::Grid, Error> {
        let Sliding { size, slide, offset, gaps } = self.kind;
        if slide > size && size > 0 && !gaps {
            return Err(skips());
        }
        // the first window of batches ends behind batch `slide`, counted from 1
        let offset = if C::KIND == ClockKind::Batches && slide > 0 { (1 - size) % slide } else { offset };
        grid::Grid::new(size, slide, offset)
    }
}
