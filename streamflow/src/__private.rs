//! What expansions of `stream!` may name. Nothing here is for users, and nothing here is stable.

pub use crate::flow::aggregate::Aggregate;
pub use crate::flow::aggregate::collect::collect_itself;
pub use crate::flow::aggregate::count_distinct::count_distinct_itself;
pub use crate::flow::aggregate::first::first_itself;
pub use crate::flow::aggregate::last::last_itself;
pub use crate::flow::aggregate::max::max_itself;
pub use crate::flow::aggregate::mean::mean_itself;
pub use crate::flow::aggregate::median::median_itself;
pub use crate::flow::aggregate::min::min_itself;
pub use crate::flow::aggregate::std_dev::std_dev_itself;
pub use crate::flow::aggregate::sum::sum_itself;
pub use crate::flow::aggregate::variance::variance_itself;
pub use crate::flow::chunks::{Chunks, ChunksRun};
pub use crate::flow::distinct::distinct_itself;
pub use crate::flow::distinct::{Distinct, DistinctRun, DistinctSlot};
pub use crate::flow::join::same_key;
pub use crate::flow::lookup::table_key;
pub use crate::flow::map_chunks::MapChunksRun;
pub use crate::flow::merge::{Cast, merge, merge_keyed};
pub use crate::flow::ranking::{BestRun, BestSlot, Ranking, RankingSlot, WindowRanking};
pub use crate::flow::repartition::{Repartition, RepartitionRun};
pub use crate::flow::share::{Share, share};
pub use crate::flow::transform::TransformRun;
pub use crate::flow::transform_with::TransformWithRun;
pub use crate::flow::try_map::fallible;
pub use crate::flow::try_map::run::{Attempts, FailedSlot, attempts, attempts_with_errors, errors_stream};
pub use crate::flow::{Changes, Flow, Keyed, Open, Plain, Stage, Update, Windowed, Windows};
pub use crate::job::at_most_once::{deliver_at_most_once, waiting};
pub use crate::job::input::{Blocks, Input, each};
pub use crate::job::output::{deliver, encoder, output, part, push};
pub use crate::job::turn::{ChunkInfo, Failure, LeftOut, Reading, Rows, Stamped, Tracker, Turn};
pub use crate::job::{Delivery, Job, Plan, Root, SegmentInfo, Settings, StageInfo, Step};
pub use crate::join::broadcast::BroadcastSlot;
pub use crate::join::slot::JoinSlot;
pub use crate::join::tables::TablesSlot;
pub use crate::state::global::{GlobalRun, GlobalSlot};
pub use crate::state::keyed::{KeyedRun, KeyedSlot};
pub use crate::state::lock::{Lockable, Locked, hold, hold_type};
pub use crate::state::{Key, SlotApi, Slots};
pub use crate::window::any::{Opens, WindowSlot};
pub use crate::window::late::{KeepLate, late_stream};
pub use crate::window::session::{Assigned, By, ByBounds, ByGap, GapOf, Session};
pub use crate::window::watermark::{ChunkTime, Reached, TimeSlot, fastest, slowest};
pub use crate::window::{Clock, EventStamp, EventTime, Fit, Window};

use crate::flow::aside::Dropped;
use crate::flow::dedup::{Dedup, DedupRun, Seen};
pub use crate::flow::delivery::{held_once, read_again};
use crate::flow::join::as_of::Versioned;
use crate::flow::join::batch::InBatch;
use crate::flow::join::broadcast::Broadcast;
use crate::flow::join::interval::Join;
use crate::flow::join::table::Tables;
pub use crate::flow::map_async::AsyncSlot;
use crate::flow::map_async::{AsyncRun, MapAsync};
use crate::flow::proof::Bounding;
pub use crate::flow::proof::{
    Asked, aggregates, gives, input, items, iterable, key, known, measure, next, number, ordered, ordered_state, out,
    state, states, time, total,
};
use crate::flow::suppress::{Suppress, Waiting};
use crate::flow::top::Top;
use crate::flow::{KeyOf, Timing};
use crate::join::as_of::AsOfRun;
use crate::join::batch::BatchRun;
use crate::join::broadcast::{BroadcastKind, BroadcastRun};
use crate::join::cogroup::CogroupRun;
use crate::join::latest_run::LatestRun;
use crate::join::run::JoinRun;
use crate::join::table_run::TableRun;
use crate::source::Source;
use crate::state::State;
pub use crate::state::held::HeldSlot;
use crate::state::held::bounded::BoundedRun;
use crate::state::held::run::HeldRun;
use crate::state::held::snapshots::SnapshotRun;
use crate::state::held::update::{UpdateRun, Visit};
use crate::state::held::{Held, KeyStep};
use crate::table::LookupTable;
use crate::window::{Timestamp, WindowOn};
use std::time::Duration;

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
    turn: &Turn<'_>,
    stage: u32,
) -> Result<GlobalRun<'s, T, G>, Failure> {
    Ok(GlobalRun::new(slot, aggregate, turn, stage))
}

type Owned<S> = <<S as KeyOf>::Key as Key>::Owned;
type Probe<S> = <<S as KeyOf>::Key as Key>::Probe;

/// The kind of the window says what a batch does with it.
pub fn windowed<'s, T, S: KeyOf, C, Time, W, G: Aggregate<T>>(
    _: Flow<T, Open<S, C>, Time>,
    slot: &'s mut WindowSlot<Owned<S>, G::Acc>,
    window: &'s W,
    aggregate: &'s G,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<W::Run, Failure>
where
    W: Opens<'s, T, Owned<S>, Probe<S>, C, G, Dropped>,
{
    window.open(slot, Dropped, aggregate, turn, stage)
}

/// The same where `late(label)` reads what was late.
pub fn windowed_with_late<'s, T, S: KeyOf, C, Time, W, G: Aggregate<T>, L: KeepLate<T>>(
    _: Flow<T, Open<S, C>, Time>,
    slot: &'s mut WindowSlot<Owned<S>, G::Acc>,
    window: &'s W,
    keep: L,
    aggregate: &'s G,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<W::Run, Failure>
where
    W: Opens<'s, T, Owned<S>, Probe<S>, C, G, L>,
{
    window.open(slot, keep, aggregate, turn, stage)
}

/// `window(session(gap = |item| ..))`
pub fn session_by<'w, T, Shape, Time, C, W, F>(
    _: Flow<T, Shape, Time>,
    window: &'w Window<C, Session<GapOf>>,
    gap: F,
) -> (By<'w, Window<C, Session<GapOf>>, ByGap<F>>, Flow<T, Open<Shape, W>, Time>)
where
    Window<C, Session<GapOf>>: WindowOn<Time, Clock = W>,
    F: Fn(&T) -> Duration + Sync,
{
    let boundary = window.kind.boundary;
    (By { window, assigner: ByGap { gap, boundary } }, Flow::NEW)
}

/// `window(windows(|item, time| ..))`, and the proof that the function says windows.
pub fn windows_by<'w, T, Shape, Time, C, W, F, I, M>(
    _: Flow<T, Shape, Time>,
    window: &'w Window<C, Assigned>,
    windows: F,
) -> I::Of<(By<'w, Window<C, Assigned>, ByBounds<F>>, Flow<T, Open<Shape, W>, Time>)>
where
    Window<C, Assigned>: WindowOn<Time, Clock = W>,
    F: Fn(&T, Timestamp) -> I + Sync,
    I: Bounding<M>,
{
    I::of((By { window, assigner: ByBounds(windows) }, Flow::NEW))
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

/// The user's state a key, for operators whose results carry no times.
pub fn held<'s, T, K: Key, Time, C: KeyStep<T, (), Key = K::Owned>>(
    _: Flow<T, Keyed<K>, Time>,
    slot: &'s mut HeldSlot<K::Owned, C::Kept>,
    step: &'s C,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<HeldRun<'s, K::Probe, T, (), C>, Failure> {
    Ok(HeldRun::new(slot, step, turn, stage))
}

/// The same, for all states behind each batch.
pub fn snapshots<'s, T, K: Key, Time, S: State, C: KeyStep<T, (), Key = K::Owned, Kept = Held<S>>>(
    before: Flow<T, Keyed<K>, Time>,
    slot: &'s mut HeldSlot<K::Owned, C::Kept>,
    step: &'s C,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<SnapshotRun<'s, K::Probe, T, C>, Failure> {
    held(before, slot, step, turn, stage).map(SnapshotRun::new)
}

pub fn dedup<'s, T, Shape, Time, K: Key, F>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut HeldSlot<K::Owned, Seen>,
    dedup: &Dedup<T, K, F>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<DedupRun<'s, K::Owned, K::Probe, T>, Failure> {
    Ok(DedupRun::new(slot, dedup, turn, stage))
}

pub fn map_async<'s, T, Shape, Time: Timing, U: Future, F: Fn(T) -> U>(
    _: Flow<T, Shape, Time>,
    slot: &'s mut AsyncSlot,
    stage: &'s MapAsync<T, U, F>,
    _: &Turn<'_>,
    number: u32,
) -> Result<AsyncRun<'s, T, Time::Stamp, U, F>, Failure> {
    Ok(AsyncRun::new(slot, stage, number))
}

/// The user's state a key, with timers: results carry times where records do.
pub fn process<'s, T, K: Key, Time: Timing, C: KeyStep<T, Time::Stamp, Key = K::Owned>>(
    _: Flow<T, Keyed<K>, Time>,
    slot: &'s mut HeldSlot<K::Owned, C::Kept>,
    step: &'s C,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<HeldRun<'s, K::Probe, T, Time::Stamp, C>, Failure> {
    Ok(HeldRun::new(slot, step, turn, stage))
}

/// The stage, whose records have been proven to be state, gives all types but that of the times: where they are not, nobody knows the key.
pub fn suppress<'s, X, Y, T: State, K: Key, Time: Timing>(
    _: Flow<X, Keyed<Y>, Time>,
    slot: &'s mut HeldSlot<K::Owned, Waiting<T>>,
    step: &'s Suppress<T, K>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<BoundedRun<'s, K::Probe, T, Time::Stamp, Suppress<T, K>>, K>, Failure> {
    Ok(Asked::new(BoundedRun::new(HeldRun::new(slot, step, turn, stage), step.most())))
}

pub fn update_state<'s, T, K: Key, Time, S: State, C: Visit<T, Key = K::Owned, Kept = Held<S>>>(
    _: Flow<T, Keyed<K>, Time>,
    slot: &'s mut HeldSlot<K::Owned, C::Kept>,
    visit: &'s C,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<UpdateRun<'s, K::Probe, T, C>, Failure> {
    Ok(UpdateRun::new(slot, visit, turn, stage))
}

// Joins: the stage, whose keys have been proven to be of one type, gives all types but those of the times.

type Of<K> = <K as Key>::Owned;

pub type JoinRunOf<'s, K, L, R, J> = JoinRun<'s, Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R, J>;

pub fn joined<'s, A, B, K: Key, L, R, J>(
    _: A,
    _: B,
    slot: &'s mut JoinSlot<K::Owned, L, R>,
    join: &'s Join<K, L, R, J>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<JoinRunOf<'s, K, L, R, J>, (L, R)>, Failure> {
    Ok(Asked::new(JoinRun::new(slot, join.kind(), join.rule()?, turn, stage)))
}

pub type AsOfRunOf<'s, K, L, R, F, D> =
    AsOfRun<'s, Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R, Versioned<K, L, R, F, D>>;

pub fn as_of<'s, A, B, K: Key, L, R, F, D>(
    _: A,
    _: B,
    slot: &'s mut JoinSlot<K::Owned, L, Option<R>>,
    join: &'s Versioned<K, L, R, F, D>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<AsOfRunOf<'s, K, L, R, F, D>, (L, R)>, Failure> {
    Ok(Asked::new(AsOfRun::new(slot, join, join.allowed(), turn, stage)))
}

pub type LatestRunOf<'s, K, L, R, S, F, D> =
    LatestRun<'s, Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R, S, Versioned<K, L, R, F, D>>;

pub fn latest<'s, T, Shape, Time: Timing, B, K: Key, L, R, F, D>(
    _: Flow<T, Shape, Time>,
    _: B,
    slot: &'s mut TablesSlot<K::Owned, (), R>,
    join: &'s Versioned<K, L, R, F, D>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<LatestRunOf<'s, K, L, R, Time::Stamp, F, D>, R>, Failure> {
    Ok(Asked::new(LatestRun::new(slot, join, turn, stage)))
}

pub type TableRunOf<'s, K, L, R, F, D, E> =
    TableRun<'s, Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R, Tables<K, L, R, F, D, E>>;

pub fn tables<'s, A, B, K: Key, L, R, F, D, E>(
    _: A,
    _: B,
    slot: &'s mut TablesSlot<K::Owned, L, R>,
    join: &'s Tables<K, L, R, F, D, E>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<TableRunOf<'s, K, L, R, F, D, E>, (L, R)>, Failure> {
    Ok(Asked::new(TableRun::new(slot, join, turn, stage)))
}

pub type BatchRunOf<'s, K, L, R, J> = BatchRun<'s, Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R, J>;

pub fn joined_in_batch<'s, A, B, K: Key, L, R, J>(
    _: A,
    _: B,
    join: &'s InBatch<K, L, R, J>,
    turn: &Turn<'_>,
    _: u32,
) -> Result<Asked<BatchRunOf<'s, K, L, R, J>, L>, Failure> {
    Ok(Asked::new(BatchRun::new(join.kind(), turn)))
}

pub type CogroupRunOf<K, L, R> = CogroupRun<Of<K>, <K as Key>::Probe, <K as Key>::Probe, L, R>;

pub fn cogrouped<A, B, K: Key, L, R>(
    _: A,
    _: B,
    _: &InBatch<K, L, R, ()>,
    turn: &Turn<'_>,
    stage: u32,
) -> Result<Asked<CogroupRunOf<K, L, R>, L>, Failure> {
    Ok(Asked::new(CogroupRun::new(turn, stage)))
}

pub type BroadcastRunOf<'s, T, R, S, Z, C> = BroadcastRun<'s, T, R, <S as Timing>::Stamp, <Z as Timing>::Stamp, C>;

pub fn broadcast<'s, 'a: 's, T, Shape, Time: Timing, R, Z, Other: Timing, S: State, F, G>(
    _: Flow<T, Shape, Time>,
    _: Flow<R, Z, Other>,
    slot: &'s mut BroadcastSlot<S>,
    stage: &'s Broadcast<'a, S, F, G>,
    _: &Turn<'_>,
    number: u32,
) -> Result<BroadcastRunOf<'s, T, R, Time, Other, Broadcast<'a, S, F, G>>, Failure>
where
    Broadcast<'a, S, F, G>: BroadcastKind<T, R, State = S>,
{
    Ok(BroadcastRun::new(slot, stage, number))
}

/// Brings a table up to date before a batch.
pub fn refresh<K, V>(table: &LookupTable<K, V>, turn: &Turn<'_>) -> Result<(), Failure> {
    table.refresh(turn)
}

pub fn whole_chunks<T, Shape, Time>(
    _: Flow<T, Shape, Time>,
    _: &Chunks,
    _: &Turn<'_>,
    _: u32,
) -> Result<ChunksRun<T>, Failure> {
    Ok(ChunksRun::start())
}

pub fn mapped_chunks<'s, T, Shape, Time, F>(
    _: Flow<T, Shape, Time>,
    stage: &'s Stage<F>,
    _: &Turn<'_>,
    _: u32,
) -> Result<MapChunksRun<'s, T, F>, Failure> {
    Ok(MapChunksRun::new(stage))
}

pub fn repartition<T, Shape, Time: Timing>(
    _: Flow<T, Shape, Time>,
    stage: &Repartition,
    _: &Turn<'_>,
    _: u32,
) -> Result<RepartitionRun<T, Time::Stamp>, Failure> {
    RepartitionRun::new(stage)
}

pub fn transformed<'s, T, Shape, Time, F>(
    _: Flow<T, Shape, Time>,
    stage: &'s Stage<F>,
    _: &Turn<'_>,
    _: u32,
) -> Result<TransformRun<'s, T, F>, Failure> {
    Ok(TransformRun::new(stage))
}

pub fn transformed_with<'s, T, U, Shape, Time, Z, Y, F>(
    _: Flow<T, Shape, Time>,
    _: Flow<U, Z, Y>,
    stage: &'s Stage<F>,
    _: &Turn<'_>,
    _: u32,
) -> Result<TransformWithRun<'s, T, U, F>, Failure> {
    Ok(TransformWithRun::new(stage))
}

/// What a pipeline with an error expands to: it has the type of a job, so that the error is the only one.
pub fn never_job() -> Job<NoSlots, fn(&mut Turn<'_>, &mut NoSlots) -> Result<(), Failure>> {
    let plan = Plan { file: "", sources: 0, stages: &[], segments: &[] };
    Job::__new(plan, Settings::default(), NoSlots, |_, _| Ok(()))
}

pub struct NoSlots;

impl Slots for NoSlots {
    fn each(&mut self, _: &mut dyn FnMut(&'static str, &mut dyn SlotApi)) {}
}
