use super::{Flow, Open};
use crate::window::{Window, WindowOn};

impl<T, Shape, Time> Flow<T, Shape, Time> {
    /// Opens a window: the aggregate that follows is computed for each window, and for each key if there is one.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// let mut rows = Vec::new();
    /// stream! {
    ///     source::vec(vec![(1, "a"), (2, "b"), (8, "a")])
    ///         -> timestamp(|click| Timestamp::from_secs(click.0))
    ///         -> key_by(|click| click.1)
    ///         -> window(sliding(10s, every = 5s))
    ///         -> count()
    ///         -> filter(|row| row.key == "a")
    ///         -> map(|row| (row.start.as_secs(), row.value))
    ///         -> &mut rows
    /// }
    /// .run()?;
    /// assert_eq!(rows, [(-5, 1), (0, 2), (5, 1)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** timestamps, or `clock = processing`: `window(tumbling(10s, clock = processing))`. **Gives** an open window; the next stage
    /// aggregates it.
    ///
    /// **State and cost:** one column of accumulators a pane, as long as the highest key number of its shard; closed panes are
    /// dropped and keys without a value are forgotten.
    ///
    /// **Order:** rows come in order of window ends. **Failure:** a size of zero is refused.
    ///
    /// **Related:** [`timestamp`](Flow::timestamp), [`crate::window`]. Spark: `window`; Flink: `TumblingEventTimeWindows`, `SlidingEventTimeWindows`.
    pub fn window<C, K, W>(self, window: &Window<C, K>) -> (&Window<C, K>, Flow<T, Open<Shape, W>, Time>)
    where
        Window<C, K>: WindowOn<Time, Clock = W>,
    {
        (window, Flow::NEW)
    }
}
