//! `process`: the operator and its step.

use super::proof::Asked;
use super::{Flow, Keyed, Plain};
use crate::Timestamp;
use crate::state::held::process::{Context, Processed};
use crate::state::held::{KeyStep, Moment, NEVER, Shard, Start, Timers};
use crate::state::{Key, State, StoredKey};
use crate::window::{Stamp, micros};
use std::marker::PhantomData;
use std::time::Duration;

impl<T, K: Key, Time> Flow<T, Keyed<K>, Time> {
    /// Runs a function of yours for each record, with a state and timers for each key, and any number of results.
    ///
    /// ```
    /// # use streamflow::{stream, source, Timestamp};
    /// # use std::time::Duration;
    /// // who was silent for 10 seconds, and after how many records
    /// let mut silent = Vec::new();
    /// stream! {
    ///     source::vec(vec![("ann", 1), ("bob", 2), ("ann", 3), ("bob", 30)])
    ///         -> timestamp(|beat| Timestamp::from_secs(beat.1))
    ///         -> key_by(|beat| beat.0)
    ///         -> process(
    ///             (0, Timestamp::from_secs(0)),
    ///             |ctx, _| {
    ///                 let (beats, timer) = *ctx.state;
    ///                 ctx.delete_timer(timer);
    ///                 let next = ctx.time().unwrap_or(timer) + Duration::from_secs(10);
    ///                 ctx.set_timer(next);
    ///                 *ctx.state = (beats + 1, next);
    ///             },
    ///             on_timer = |ctx, at| ctx.emit((ctx.key().to_owned(), ctx.state.0, at.as_secs())),
    ///             timeout = 1h,
    ///         )
    ///         -> &mut silent
    /// }
    /// .run()?;
    /// silent.sort();
    /// assert_eq!(silent, [("ann".to_owned(), 2, 13), ("bob".to_owned(), 2, 40)]);
    /// # Ok::<(), streamflow::Error>(())
    /// ```
    ///
    /// **Needs** a key; a first state that is [`State`](crate::State), evaluated once and cloned for each key; a function of the
    /// [`Context`](crate::Context) and the record; `on_timer`, a function of the context and the time of the timer; and `timeout = 1h` or
    /// `timeout = unbounded`. **Gives** what both functions [emit](crate::Context::emit), without a key; timestamps stay: a result has the
    /// time of its record or timer.
    ///
    /// **State and cost:** one state and the timers of each key, until [`forget`](crate::Context::forget) or, without a call, until the key
    /// has had no record for longer than the timeout, on the batch clock. They are saved at the first touch of a batch (undo).
    ///
    /// **Order:** records of a key in the order of the source. Timers fire at the end of the batch in which their time is reached, those in
    /// event time first, each kind in order of time; one that a timer sets at its own time or before waits for the next batch. So which
    /// records a timer has seen follows the cut into batches. The end of the input fires the timers in event time that stand behind the last
    /// record, but not those that they set, and not those on the batch clock; these still fire if other sources keep the job going. A timer in event time that one of them sets then never
    /// fires. Results of different keys come in no fixed order.
    /// **Failure:** a panic of a function ends the job with its place, that of a timer with its key; the batch is taken back, timers too.
    /// With `#![panics = skip]` a record is left out, with all that the function did for it; state and timers of its key are cloned before
    /// each call. A timer that panics ends the job all the same.
    ///
    /// **Related:** [`map_with_state`](Flow::map_with_state). Flink: `KeyedProcessFunction`; Kafka Streams: `process` with punctuators;
    /// Spark: `transformWithState`.
    pub fn process<'a, S, U, F, G>(
        self,
        initial: &'a S,
        function: F,
        on_timer: G,
    ) -> (Asked<Process<'a, T, K, S, U, F, G>, S>, Flow<U, Plain, Time>)
    where
        T: Send,
        U: Send,
        F: Fn(&mut Context<'_, K::Owned, S, U>, T) + Sync,
        G: Fn(&mut Context<'_, K::Owned, S, U>, Timestamp) + Sync,
    {
        (Asked::new(Process { initial, function, on_timer, timeout: None, types: PhantomData }), Flow::NEW)
    }
}

/// The functions of `process`, its first state and its timeout.
pub struct Process<'a, T, K, S, U, F, G> {
    initial: &'a S,
    function: F,
    on_timer: G,
    timeout: Option<i64>,
    types: PhantomData<fn(T, K) -> U>,
}

impl<T, K, S, U, F, G> Process<'_, T, K, S, U, F, G> {
    /// The option `timeout`.
    #[must_use]
    pub fn timeout(self, timeout: &Duration) -> Self {
        Process { timeout: Some(micros(*timeout)), ..self }
    }

    /// `timeout = unbounded`
    #[must_use]
    pub fn timeout_unbounded(self) -> Self {
        Process { timeout: None, ..self }
    }
}

impl<T, K: Key, S: State, U, F, G> Start for Process<'_, T, K, S, U, F, G> {
    type Key = K::Owned;
    type Kept = Processed<S>;

    fn start(&self, _: &mut [Shard<K::Owned, Processed<S>>], _: u64, _: i64) {}

    fn shape() -> String {
        format!("{} -> {} and timers", K::Owned::shape(), S::shape())
    }
}

impl<T, K, S, U, F, G, St> KeyStep<T, St> for Process<'_, T, K, S, U, F, G>
where
    K: Key,
    S: State,
    St: Stamp,
    F: Fn(&mut Context<'_, K::Owned, S, U>, T),
    G: Fn(&mut Context<'_, K::Owned, S, U>, Timestamp),
{
    type Row = U;

    fn record(
        &self,
        at: Moment,
        key: &K::Owned,
        kept: &mut Option<Processed<S>>,
        (item, stamp): (T, St),
        rows: &mut Vec<(U, St)>,
    ) {
        let held = kept.get_or_insert_with(|| Processed {
            state: self.initial.clone(),
            events: Timers::None,
            clocks: Timers::None,
            until: NEVER,
            latest: i64::MIN,
        });
        held.until = self.timeout.map_or(NEVER, |timeout| at.now.saturating_add(timeout).saturating_add(1));
        let time = stamp.time(at.now);
        held.latest = held.latest.max(time);
        let time = St::TIMED.then_some(time);
        if with(held, key, at, (time, stamp), rows, |context| (self.function)(context, item)) {
            *kept = None;
        }
    }

    fn due(&self, at: Moment, key: &K::Owned, kept: &mut Option<Processed<S>>, rows: &mut Vec<(U, St)>) {
        let Some(held) = kept else { return };
        let mut fire = |held: &mut Processed<S>, timer: i64, time: Option<i64>, stamp: St| {
            with(held, key, at, (time, stamp), rows, |context| (self.on_timer)(context, Timestamp::from_micros(timer)))
        };
        // at the end of the input up to the last record as ever, then what stands: a timer that sets the next one would never stop
        let ends = if at.watermark == NEVER { [at.latest, NEVER] } else { [at.watermark; 2] };
        let mut fired = None;
        for end in ends {
            let end = if end == NEVER { held.events.last().unwrap_or(i64::MIN) } else { end };
            while let Some(timer) = next(&held.events, fired, end) {
                held.events.remove(timer);
                fired = Some(timer);
                if fire(held, timer, Some(timer), St::of(timer, at.before)) {
                    *kept = None;
                    return;
                }
            }
        }
        let mut fired = None;
        while let Some(timer) = next(&held.clocks, fired, at.now) {
            held.clocks.remove(timer);
            fired = Some(timer);
            // late nowhere: not before what has been reached
            let time = held.latest.max(at.before);
            if fire(held, timer, St::TIMED.then_some(time), St::of(time, at.before)) {
                *kept = None;
                return;
            }
        }
        if held.until <= at.now {
            *kept = None;
        }
    }
}

/// The first timer that is due, of those behind the one that fired last.
fn next(timers: &Timers, fired: Option<i64>, end: i64) -> Option<i64> {
    timers.behind(fired).filter(|timer| *timer <= end)
}

/// Calls a function with a context. True: forget the key.
fn with<K: StoredKey, S, U, St: Stamp>(
    held: &mut Processed<S>,
    key: &K,
    at: Moment,
    (time, stamp): (Option<i64>, St),
    rows: &mut Vec<(U, St)>,
    call: impl FnOnce(&mut Context<'_, K, S, U>),
) -> bool {
    let Processed { state, events, clocks, .. } = held;
    let mut context = Context {
        state,
        key,
        time,
        watermark: if St::TIMED { at.watermark } else { i64::MIN },
        now: at.now,
        timed: St::TIMED,
        events,
        clocks,
        forgotten: false,
        emit: &mut |row| rows.push((row, stamp)),
    };
    call(&mut context);
    context.forgotten
}
