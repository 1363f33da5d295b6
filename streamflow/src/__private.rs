//! What expansions of `stream!` may name. Nothing here is for users, and nothing here is stable.

pub use crate::flow::aggregate::Aggregate;
pub use crate::flow::aggregate::max::max_itself;
pub use crate::flow::aggregate::mean::mean_itself;
pub use crate::flow::aggregate::min::min_itself;
pub use crate::flow::aggregate::sum::sum_itself;
pub use crate::flow::distinct::distinct_itself;
pub use crate::flow::distinct::{Distinct, DistinctRun, DistinctSlot};
pub use crate::flow::merge::{Cast, merge, merge_keyed};
pub use crate::flow::ranking::{BestRun, BestSlot, Ranking, RankingSlot, WindowRanking};
pub use crate::flow::share::{Share, share};
pub use crate::flow::try_map::{Attempts, FailedSlot, attempts, attempts_with_errors, errors_stream, fallible};
pub use crate::flow::{Changes, Flow, Keyed, Open, Plain, Update, Windowed, Windows};
pub use crate::job::input::{Blocks, Input, each};
pub use crate::job::output::{deliver, encoder, part, push};
pub use crate::job::turn::{ChunkInfo, Failure, Reading, Rows, Stamped, Tracker, Turn};
pub use crate::job::{Job, Plan, Root, SegmentInfo, Settings, StageInfo, Step};
pub use crate::state::global::{GlobalRun, GlobalSlot};
pub use crate::state::keyed::{KeyedRun, KeyedSlot};
pub use crate::state::{Key, SlotApi, Slots};
pub use crate::window::slot::{WindowRun, WindowSlot};
pub use crate::window::watermark::{ChunkTime, Reached, TimeSlot, slowest};
pub use crate::window::{Clock, EventStamp, EventTime, Fit, Window};

pub use crate::flow::proof::{
    Asked, input, items, iterable, key, next, number, ordered, ordered_state, out, state, time, total,
};
use crate::flow::top::Top;
use crate::flow::{KeyOf, Timing};
use crate::source::Source;
use crate::state::State;

/// The stream of a source's records.
pub fn flow<'b, S: Source>(blocks: &'b Blocks<S>) -> Flow<S::Item<'b>> {
    let _ = blocks;
    Flow::NEW
}

/// Rows come out of state as one partition that never ends.
pub const ROWS: Reading<'static> = Reading::ROWS;

/// The timestamp of a record in microseconds.
#[inline(always)]
pub fn time_of<E: EventTime>(time: E) -> i64 {
    time.event_time().as_micros()
}

// The runs: a slot, the stage that owns it and the witness before it give all types. The protocol stands in `flow/README.md`.

pub fn keyed<'s, T, K: Key, Time, G: Aggregate<T>>(
    _: Flow<T, Keyed<K>, Time>,
    slot: &'s mut KeyedSlot<K::Owned, G::Acc>,
    aggregate: &'s G,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<KeyedRun<'s, K::Owned, K::Probe, T, G>, Failure> {
    Ok(KeyedRun::new(slot, aggregate, turn, stage))
}

pub fn global<'s, T, Shape, Time, G: Aggregate<T>>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut GlobalSlot<G::Acc>,
    aggregate: &'s G,
    _: &Turn<'_>,
    stage: u32,
) -> Result<GlobalRun<'s, T, G>, Failure> {
    Ok(GlobalRun::new(slot, aggregate, stage))
}

pub type WindowedRun<'s, T, S, C, G> =
    WindowRun<'s, <<S as KeyOf>::Key as Key>::Owned, <<S as KeyOf>::Key as Key>::Probe, T, C, G>;

pub fn windowed<'s, T, S: KeyOf, C: Clock, Time, G: Aggregate<T>>(
    _: Flow<T, Open<S, C>, Time>,
    slot: &'s mut WindowSlot<<S::Key as Key>::Owned, G::Acc>,
    window: &Window<C>,
    aggregate: &'s G,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<WindowedRun<'s, T, S, C, G>, Failure> {
    WindowRun::new(slot, window, aggregate, turn, stage)
}

pub fn distinct<'s, T, Shape, Time: Timing, K: Key, J>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut DistinctSlot<K::Owned>,
    _: &Distinct<T, K, J>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<DistinctRun<'s, K::Owned, K::Probe, T, Time::Stamp>, Failure> {
    Ok(DistinctRun::new(slot, turn, stage))
}

pub fn window_ranking<'s, K, V, Time, F>(
    _: Flow<Windowed<K, V>, Windows, Time>,
    top: &'s Top<F>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<WindowRanking<'s, Windowed<K, V>, F>, Failure> {
    Ok(WindowRanking::new(top, stage))
}

pub fn ranking<'s, K: Key, V: State, Time, F>(
    _: Flow<Update<K, V>, Changes, Time>,
    slot: &'s mut RankingSlot<K::Owned, V>,
    top: &'s Top<F>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Ranking<'s, K, V, F>, Failure> {
    Ok(Ranking::new(slot, top, turn, stage))
}

/// Only here is it known that the records themselves are kept: of windows and aggregates it is rows.
pub fn best<'s, T, Time, F>(
    _: Flow<T, Plain, Time>,
    slot: &'s mut BestSlot<T>,
    top: &'s Top<F>,
    _: &Turn<'_>,
    stage: u32,
) -> Result<Asked<BestRun<'s, T, F>, T>, Failure> {
    Ok(Asked::new(BestRun::new(slot, top, stage)))
}

/// What a pipeline with an error expands to: it has the type of a job, so that the error is the only one.
pub fn never_job() -> Job<NoSlots, fn(&mut Turn<'_>, &mut NoSlots) -> Result<(), Failure>> {
    let plan = Plan { sources: 0, stages: &[], segments: &[] };
    Job::__new(plan, Settings::default(), NoSlots, |_, _| Ok(()))
}

pub struct NoSlots;

impl Slots for NoSlots {
    fn each(&mut self, _: &mut dyn FnMut(&'static str, &mut dyn SlotApi)) {}
}
