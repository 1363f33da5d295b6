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
//! # Emission
//! A window is shown once, when it closes. `emit = changes` shows it at the end of each batch that changed it, `emit = early(1s)` at most
//! every second, and again when it closes; only keys that have changed are shown again. Each row holds the value of the whole window so
//! far; with `purge = true` the value begins anew behind each row.
//!
//! # Offset and gaps
//! `tumbling(1d, offset = -8h)` begins its days at 16:00 UTC. The offset is shorter than the slide. A slide above the size must be meant:
//! `sliding(3s, every = 10s, gaps = true)`.
//!
//! An offset is evaluated once, when the job is made: `offset = started`, with how far the clock was in its window, spreads jobs whose windows would
//! all close at one moment. Flink calls that `WindowStagger`.
//!
//! # Origin
//! With `origin = first` windows are counted from the first record of their key: it begins one, and as long as the key has one open the
//! others follow on its grid. When the last one has closed for the partition of a record, that record begins anew. See
//! [`Window::origin`].
//!
//! # Lateness
//! A record is late for a window if the watermark of *its own partition*, just before the record, had reached the window's end.
//! So what is late does not depend on batches, threads or other partitions. A record that is late for some of its
//! windows is still counted in the others; one that is late for all is counted as late. With `lateness = 1min` a window keeps its state
//! for a minute more: what comes in that time changes it, and it is shown again.
//!
//! `late(label)` reads the records that were late for all their windows, by the label of the aggregate:
//!
//! ```
//! # use streamflow::{stream, source, Timestamp};
//! let (mut counts, mut late_seconds) = (Vec::new(), Vec::new());
//! stream! {
//!     source::vec(vec![1, 12, 3, 15])
//!         -> timestamp(|second| Timestamp::from_secs(*second))
//!         -> window(tumbling(10s))
//!         -> count() as per_window
//!         -> map(|row| row.value)
//!         -> &mut counts;
//!     late(per_window) -> &mut late_seconds
//! }
//! .run()?;
//! assert_eq!(counts, [1, 2]);
//! assert_eq!(late_seconds, [3]);
//! # Ok::<(), streamflow::Error>(())
//! ```
//!
//! They come as they came to the aggregate, without their key and with their timestamps, in source order. A record must be `Clone` and
//! `Send`: a copy of each travels to the windows, which costs nothing for what borrows from the batch. Where nobody reads them they are counted in
//! [`Report::late`](crate::Report::late) alone, and nothing is copied; `tumbling(1min, lateness = 1h, late = count)` says that this is meant,
//! where the compiler would warn of a lateness whose label nobody reads. Windows on the batch clock, of batches and of counts have no late
//! records. Spark drops them without a word; Flink: `sideOutputLateData`.

// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod aligned;
#[allow(missing_docs)]
pub(crate) mod any;
mod build;
mod clock;
#[allow(missing_docs)]
pub(crate) mod counts;
#[allow(missing_docs)]
pub(crate) mod days;
mod divide;
#[allow(missing_docs)]
pub(crate) mod first;
pub(crate) mod frames;
pub(crate) mod grid;
#[allow(missing_docs)]
pub(crate) mod late;
mod options;
#[allow(missing_docs)]
pub(crate) mod panes;
#[allow(missing_docs)]
pub(crate) mod session;
#[allow(missing_docs)]
pub(crate) mod spans;
mod time;
#[allow(missing_docs)]
pub(crate) mod watermark;

pub use aligned::Aligned;
pub use clock::{Arrival, Batches, Clock, Event, EventStamp, Fit, Processing, Stamp, WindowOn, processing};
pub use counts::Counts;
pub use days::Days;
pub use first::{First, FromFirst, first};
pub use options::{Emit, Offset};
pub use session::{Assigned, Boundary, Gap, GapOf, Session};
pub use time::{EventTime, Timestamp};

use build::{no_length, skips};
use options::Options;
use std::marker::PhantomData;
use std::time::Duration;
pub(crate) use time::micros;

/// A window: what it holds, when it shows that, and its clock. Made by [`tumbling`], [`sliding`], [`batch`] and [`batches`].
#[derive(Clone, Copy, Debug)]
pub struct Window<C = Event, K = Sliding> {
    pub(crate) kind: K,
    pub(crate) options: Options,
    clock: PhantomData<fn() -> C>,
}

/// Windows of one size that start every so often.
#[derive(Clone, Copy, Debug)]
pub struct Sliding {
    size: i64,
    slide: i64,
    offset: i64,
    gaps: bool,
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
    Window::of(Sliding { size: micros(size), slide: micros(every), offset: 0, gaps: false })
}

/// Each batch alone: what Spark's operators on a DStream see. Written `window(batch)`.
///
/// ```
/// # use streamflow::{stream, source};
/// let mut rows = Vec::new();
/// stream! {
///     source::batches(vec![vec![1, 2], vec![], vec![4]])
///         -> window(batch)
///         -> count()
///         -> map(|row| row.value)
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [2, 0, 1]);
/// # Ok::<(), streamflow::Error>(())
/// ```
#[must_use]
pub fn batch() -> Window<Batches> {
    batches(1)
}

/// The union of so many batches, shown when its last one has been processed. Written `batches(4)`, `batches(4, every = 2)`.
///
/// ```
/// # use streamflow::{stream, source};
/// let mut rows = Vec::new();
/// stream! {
///     source::batches(vec![vec![1u64], vec![2], vec![3], vec![4]])
///         -> window(batches(3, every = 1))
///         -> sum()
///         -> map(|row| row.value)
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [1, 3, 6, 9]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// Batches are counted from the first one that the job forms; the first windows reach back before it and hold less. `start` and `end`
/// of a row are the batch clock of the first and of the last batch in the window. `count` without a key shows a zero for a
/// window without records; other aggregates, and keys without records, show nothing. Windows that the end of the input
/// cuts off show nothing either: it makes no more batches, but for one that holds what stages before, such as a window, conclude there.
///
/// Results depend on how the input is cut into batches, as those of Spark do: `#![batch(every = 1s)]` sets the interval.
#[must_use]
pub fn batches(length: u32) -> Window<Batches> {
    let length = i64::from(length);
    Window::of(Sliding { size: length, slide: length, offset: 0, gaps: false })
}

/// Sessions: windows of records of a key with at most a gap between one and the next. Written `session(30s)`.
///
/// ```
/// # use streamflow::{stream, source, Timestamp};
/// let mut rows = Vec::new();
/// stream! {
///     source::vec(vec![0, 20, 90, 45])
///         -> timestamp(|second| Timestamp::from_secs(*second), disorder = 1min)
///         -> window(session(30s))
///         -> count()
///         -> map(|row| (row.start.as_secs(), row.end.as_secs(), row.value))
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [(0, 75, 3), (90, 120, 1)]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// A record alone is a session from its time until a gap later. Sessions of a key that meet become one, also where a record comes out
/// of order between them. Exactly a gap between two records is one session; with `boundary = open` it is two. In
/// `session(gap = |item| item.timeout)` each record says its own gap; a gap of zero is taken for one of a
/// microsecond, so that every record is in a session.
///
/// # Lateness
/// A record is late if its session, together with all that it meets and that have not closed for its partition, ends where the watermark of its
/// partition had come to, or before.
///
/// # Cost
/// The sessions of a key stand in a short list; the list is saved at the first touch of a batch. `fold` must say how the values of two
/// sessions become one: `fold(0, |sum, n| *sum += n, merge = |a, b| *a += b)`.
///
/// **Related:** Spark: `session_window`; Flink: `EventTimeSessionWindows.withGap`, `withDynamicGap`; Kafka Streams: `SessionWindows`; Beam: `Sessions`.
#[must_use]
pub fn session(gap: Duration) -> Window<Event, Session> {
    Window::of(Session { gap: Gap(micros(gap)), boundary: Boundary::Closed })
}

/// `session(gap = |item| ..)`: the function follows in generated code.
#[doc(hidden)]
#[must_use]
pub fn session_by() -> Window<Event, Session<GapOf>> {
    Window::of(Session { gap: GapOf, boundary: Boundary::Closed })
}

/// `windows(|item, time| ..)`: the function follows in generated code.
#[doc(hidden)]
#[must_use]
pub fn windows_by() -> Window<Event, Assigned> {
    Window::of(Assigned)
}

/// Windows aligned to the records of a key: for every record the window that ends with it, and the one that begins right behind it.
/// Written `aligned(10s)`.
///
/// ```
/// # use streamflow::{stream, source, Timestamp};
/// let mut rows = Vec::new();
/// stream! {
///     source::vec(vec![12, 15, 20, 27])
///         -> timestamp(|second| Timestamp::from_secs(*second))
///         -> window(aligned(10s))
///         -> collect()
///         -> map(|row| row.value)
///         -> &mut rows
/// }
/// .run()?;
/// let sets = [vec![12], vec![12, 15], vec![12, 15, 20], vec![15, 20], vec![20], vec![20, 27], vec![27]];
/// assert_eq!(rows, sets);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// The argument is the largest difference between two records of a window, both ends counted: `end` lies one microsecond behind the
/// last moment, so a window of `aligned(10s)` is ten seconds and a microsecond long. A window without records shows nothing. With
/// `emit = changes` and one record a batch this is a trailing aggregate: the window that a record ends is what came in the ten
/// seconds before it.
///
/// # Lateness
/// A record is late if all windows that it could be in, the last being the one that begins with it, have closed for its partition. One
/// that is late for some of them is counted in the others, and makes none that has closed.
///
/// # Cost
/// Two windows for every moment at which a key has a record, and one accumulator for each such moment, kept until no window holds it. A
/// window that is shown joins the accumulators of its moments, so `fold` must say how:
/// `fold(0, |sum, n| *sum += n, merge = |a, b| *a += b)`. Where records lie much denser than the windows are long, `sliding` with a
/// step is cheaper.
///
/// **Related:** Kafka Streams: `SlidingWindows.ofTimeDifferenceAndGrace`; Flink: `OVER (.. RANGE BETWEEN INTERVAL .. PRECEDING)`.
#[must_use]
pub fn aligned(difference: Duration) -> Window<Event, Aligned> {
    Window::of(Aligned::new(difference))
}

/// Windows of so many records of a key, in the order in which they come. Written `counts(4)`, `counts(3, every = 2)`.
///
/// ```
/// # use streamflow::{stream, source};
/// let mut rows = Vec::new();
/// stream! {
///     source::vec(vec![1, 2, 3, 4, 5, 6])
///         -> window(counts(3, every = 2))
///         -> fold(Vec::new(), |seen, n| seen.push(n))
///         -> map(|row| row.value)
///         -> &mut rows
/// }
/// .run()?;
/// assert_eq!(rows, [[1, 2, 3], [3, 4, 5]]);
/// # Ok::<(), streamflow::Error>(())
/// ```
///
/// A window is shown in the batch that fills it. Those that are not full show nothing, also at the end of the input. `start` is the
/// earliest time in the window, `end` one microsecond behind the latest: by the timestamps of the records, else by the batch clock. No record
/// is late.
///
/// # Order
/// A key's windows come in order. Records count in the order of their partition; which of two partitions comes first is open.
///
/// # Cost
/// An accumulator for each window that a key has open; `size / every` of them. A key is forgotten when none of its windows is open and the
/// next record begins one: with `counts(4)`, once each window is full.
///
/// **Related:** Flink: `countWindow`; Beam: `AfterPane.elementCountAtLeast`.
#[must_use]
pub fn counts(size: u64) -> Window<Arrival, Counts> {
    Window::of(Counts { size, every: size, gaps: false })
}
