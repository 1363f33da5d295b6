//! What a window is, apart from what is computed in it: assignment, panes, watermarks, closing.
//!
//! Inside `stream!` windows are written `tumbling(10s)`, `sliding(10s, every = 1s)`, and with `clock = processing` where the
//! stream carries no timestamps.
//!
//! # Order
//! Windows are `[start, end)` on a grid from 1970-01-01T00:00:00Z; starts are multiples of the slide, also before 1970. A window
//! closes when the watermark reaches its end; the end of the input closes all. A job that is stopped closes none: they have no result
//! yet. Rows come in order of window ends.
//!
//! # Lateness
//! A record is late for a window if the watermark of *its own partition*, just before the record, had reached the window's end.
//! So what is late does not depend on batches, threads or other partitions. A record that is late for some of its
//! windows is still counted in the others; one that is late for all is counted as late.

mod clock;
mod divide;
pub(crate) mod frames;
// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod slot;
mod time;
#[allow(missing_docs)]
pub(crate) mod watermark;

pub use clock::{Clock, Event, EventStamp, Fit, Processing, Stamp, WindowOn, processing};
pub use time::{EventTime, Timestamp};

use std::marker::PhantomData;
use std::time::Duration;
pub(crate) use time::micros;

/// A window: its size, its slide and its clock. Made by [`tumbling`] and [`sliding`].
#[derive(Clone, Copy, Debug)]
pub struct Window<C = Event> {
    size: i64,
    slide: i64,
    clock: PhantomData<fn() -> C>,
}

/// Windows of one size, one after the other: each record belongs to one.
///
/// ```
/// # use streamflow::{stream, sink, source, Timestamp};
/// let mut rows = Vec::new();
/// stream! {
///     source::vec(vec![1, 4, 12])
///         -> timestamp(|second| Timestamp::from_secs(*second))
///         -> window(tumbling(10s))
///         -> count()
///         -> map(|window| (window.start.as_secs(), window.value))
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [(0, 2), (10, 1)]);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[must_use]
pub fn tumbling(size: Duration) -> Window {
    sliding(size, size)
}

/// Windows of one size that start every so often: each record belongs to `size / every` of them.
///
/// Written `sliding(10s, every = 1s)` inside `stream!`.
///
/// # Cost
/// Built-in aggregates fold a record once, into a pane of the greatest common divisor of size and slide; a closing window merges
/// its panes. `fold` and `reduce` fold it into each of its windows.
#[must_use]
pub fn sliding(size: Duration, every: Duration) -> Window {
    Window { size: micros(size), slide: micros(every), clock: PhantomData }
}

impl<C> Window<C> {
    /// Sets the clock: `clock = processing` inside `stream!`.
    #[must_use]
    pub fn clock<D>(self, clock: D) -> Window<D> {
        let _ = clock;
        Window { size: self.size, slide: self.slide, clock: PhantomData }
    }

    pub(crate) fn grid(&self) -> Result<frames::Grid, crate::Error> {
        frames::Grid::new(self.size, self.slide)
    }
}
