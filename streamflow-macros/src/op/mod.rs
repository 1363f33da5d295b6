//! The operator table: everything the macro knows about an operator, one file an operator.
//!
//! The table drives names, arity, shape checks, suggestions, lowering and the tests that compare it with
//! the methods of `streamflow::Flow`.

mod aggregate;
mod as_of_join;
mod broadcast;
mod chunks;
mod cogroup;
mod collect;
mod count;
mod count_distinct;
mod dedup;
mod distinct;
mod filter;
mod filter_map;
mod first;
mod flat_map;
mod flat_map_values;
mod fold;
mod inspect;
mod join;
mod join_batch;
mod key_by;
mod last;
mod latest_join;
mod lookup;
mod map;
mod map_async;
mod map_chunks;
mod map_values;
mod map_with_state;
mod max;
mod max_by;
mod mean;
mod median;
mod min;
mod min_by;
mod process;
mod quantiles;
mod reduce;
mod repartition;
mod sample;
mod state_snapshots;
mod std_dev;
mod sum;
mod suppress;
mod table_join;
mod timestamp;
mod top;
mod transform;
mod transform_with;
mod try_map;
mod update_state;
mod variance;
mod window;

/// What an argument is, and so where it stands in the expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A function of so many parameters: stays in the per-batch body, verbatim.
    Function(usize),
    /// A value: evaluated once, before the first batch, and passed by reference.
    Value,
    /// A window: `tumbling(10s)`; evaluated once.
    Window,
    /// A table: evaluated once, and brought up to date before each batch.
    Table,
    /// Another stream, by the name that `let` gave it.
    Stream,
    /// How long a key without records is kept: a duration, or the word `unbounded`.
    Timeout,
    /// One of these words: `late = per_batch`.
    Word(&'static [&'static str]),
}

/// One argument of an operator.
#[derive(Clone, Copy, Debug)]
pub struct ArgSpec {
    /// The name of an option (`disorder = 2s`), or what a positional argument is called in messages.
    pub name: &'static str,
    pub kind: ArgKind,
    /// Positional and required, positional and optional, or an option by name.
    pub form: ArgForm,
    /// How to write it: `|item| ..`.
    pub example: &'static str,
}

/// How an argument is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgForm {
    Required,
    Optional,
    /// By name, and may be left out.
    Named,
    /// The same, but not together with this option.
    NamedWithout(&'static str),
    /// By name, and must be there: `by = |row| ..`.
    RequiredNamed,
    /// By name; one of those of the operator must be there. Those with one number may stand together.
    OneOf(u8),
}

/// The shape of a stream between two stages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Records without a key.
    Plain,
    /// Behind `key_by`.
    Keyed,
    /// A window is open; what follows must aggregate it.
    Open { keyed: bool },
    /// Rows of a running aggregate: `Update { key, value }`, the latest value a key.
    Changes,
    /// Rows of closed windows: `Windowed { key, value, start, end }`.
    Windows,
}

/// What an operator needs before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Anything but an open window.
    Any,
    /// Records or results without an unused key, and no open window.
    Unkeyed,
    /// A key, and no open window.
    Keyed,
    /// Records or an open window, with or without a key: aggregates.
    Group,
}

/// How an operator is executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Runs in the fused loop.
    Map,
    Filter,
    FilterMap,
    FlatMap,
    Inspect,
    MapValues,
    KeyBy,
    Timestamp,
    /// Runs in the fused loop: a method of its carrier.
    Call,
    /// Runs in the fused loop and puts aside what fails.
    Try,
    /// Opens a window: a value for the aggregate that follows.
    Window,
    /// The root of the next segment: what must see more than one record. See `streamflow/src/flow/README.md`.
    State,
}

/// What becomes of timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timed {
    /// Results carry the time of their record.
    Kept,
    /// The same, and all that it reads must have times.
    Needed,
    Lost,
    /// Results of event-time windows carry the last moment of their window; others none.
    Window,
}

/// How a stage with [`Role::State`] runs.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The type of its slot in `__private`; `None`: nothing is kept between batches.
    pub slot: Option<&'static str>,
    /// The function in `__private` that starts it.
    pub start: &'static str,
    /// A proof of the run, where only the start knows what is kept.
    pub proof: Option<&'static str>,
    /// Do records go to the owner of their key?
    pub exchange: bool,
    /// How plans describe the protection of its state.
    pub how: &'static str,
}

impl Run {
    pub const fn new(slot: Option<&'static str>, start: &'static str, how: &'static str) -> Self {
        Run { slot, start, proof: None, exchange: false, how }
    }
}

/// All the macro knows about an operator.
pub struct OpSpec {
    pub name: &'static str,
    /// One line; also printed in the list of operators.
    pub summary: &'static str,
    /// What other systems call it: `groupBy`, `keyBy`, `partition_by`.
    pub also_called: &'static [&'static str],
    pub args: &'static [ArgSpec],
    pub needs: Needs,
    pub gives: fn(Shape) -> Shape,
    pub role: Role,
    /// The heading in the list of operators.
    pub group: &'static str,
    /// Does it keep something from one batch to the next, and so may carry a label?
    pub state: bool,
    pub timed: Timed,
    /// What it puts aside for `late(label)` or `errors(label)`.
    pub sides: &'static [&'static str],
    /// What is proven about its types behind it: functions of `__private`.
    pub proofs: &'static [&'static str],
    /// The argument whose type the proofs are about, so that errors stand there; `None`: on the operator.
    pub proof_at: Option<usize>,
    /// How it runs, by the shape before it; for [`Role::State`] alone.
    pub run: fn(Shape) -> Option<Run>,
    /// A whole stage: `key_by(|order| order.customer)`.
    pub example: &'static str,
}

/// All operators, in the order in which they are listed to the user.
pub static TABLE: &[&OpSpec] = &[
    &map::MAP,
    &map_async::MAP_ASYNC,
    &filter::FILTER,
    &filter_map::FILTER_MAP,
    &flat_map::FLAT_MAP,
    &inspect::INSPECT,
    &try_map::TRY_MAP,
    &key_by::KEY_BY,
    &map_values::MAP_VALUES,
    &flat_map_values::FLAT_MAP_VALUES,
    &map_with_state::MAP_WITH_STATE,
    &update_state::UPDATE_STATE,
    &state_snapshots::STATE_SNAPSHOTS,
    &process::PROCESS,
    &suppress::SUPPRESS,
    &timestamp::TIMESTAMP,
    &window::WINDOW,
    &count::COUNT,
    &sum::SUM,
    &min::MIN,
    &max::MAX,
    &mean::MEAN,
    &reduce::REDUCE,
    &fold::FOLD,
    &aggregate::AGGREGATE,
    &collect::COLLECT,
    &first::FIRST,
    &last::LAST,
    &max_by::MAX_BY,
    &min_by::MIN_BY,
    &variance::VARIANCE,
    &std_dev::STD_DEV,
    &median::MEDIAN,
    &quantiles::QUANTILES,
    &count_distinct::COUNT_DISTINCT,
    &sample::SAMPLE,
    &top::TOP,
    &distinct::DISTINCT,
    &dedup::DEDUP,
    &join::JOIN,
    &join::LEFT_JOIN,
    &join::RIGHT_JOIN,
    &join::FULL_JOIN,
    &as_of_join::AS_OF_JOIN,
    &latest_join::LATEST_JOIN,
    &table_join::TABLE_JOIN,
    &lookup::LOOKUP,
    &broadcast::BROADCAST,
    &join_batch::JOIN_BATCH,
    &join_batch::LEFT_JOIN_BATCH,
    &join_batch::RIGHT_JOIN_BATCH,
    &join_batch::FULL_JOIN_BATCH,
    &join_batch::SEMI_JOIN_BATCH,
    &join_batch::ANTI_JOIN_BATCH,
    &cogroup::COGROUP,
    &chunks::CHUNKS,
    &map_chunks::MAP_CHUNKS,
    &repartition::REPARTITION,
    &transform::TRANSFORM,
    &transform_with::TRANSFORM_WITH,
];

/// The operator of this exact name.
pub fn find(name: &str) -> Option<&'static OpSpec> {
    TABLE.iter().copied().find(|spec| spec.name == name)
}

/// In place of a timeout.
pub const UNBOUNDED: &str = "unbounded";

impl ArgSpec {
    /// Whether it is a method of the carrier in place of an argument of the operator.
    pub fn on_carrier(&self) -> bool {
        matches!(self.form, ArgForm::Named | ArgForm::NamedWithout(_) | ArgForm::OneOf(_))
            || self.kind == ArgKind::Timeout
    }

    /// Whether it is given as `name = value`.
    pub fn by_name(&self) -> bool {
        !matches!(self.form, ArgForm::Required | ArgForm::Optional)
    }
}

/// How long keys without records are kept. It must be said, so that no state grows without a word about it.
const TIMEOUT: ArgSpec =
    ArgSpec { name: "timeout", kind: ArgKind::Timeout, form: ArgForm::RequiredNamed, example: "timeout = 30min" };

/// What keys begin with.
const INITIAL: ArgSpec =
    ArgSpec { name: "initial", kind: ArgKind::Value, form: ArgForm::Named, example: "initial = vec![(key, state)]" };

/// What an aggregate gives: windows close and give rows of windows, running aggregates of a key give
/// changes, and one of the whole stream gives plain values.
fn aggregated(shape: Shape) -> Shape {
    match shape {
        Shape::Open { .. } => Shape::Windows,
        Shape::Keyed => Shape::Changes,
        Shape::Plain | Shape::Changes | Shape::Windows => Shape::Plain,
    }
}

/// How aggregates run: over windows, over keys, over everything.
fn aggregate(shape: Shape, how: &'static str) -> Option<Run> {
    Some(match shape {
        Shape::Open { keyed } => Run { exchange: keyed, ..Run::new(Some("WindowSlot<_, _>"), "windowed", how) },
        Shape::Keyed => Run { exchange: true, ..Run::new(Some("KeyedSlot<_, _>"), "keyed", how) },
        Shape::Plain | Shape::Changes | Shape::Windows => Run::new(Some("GlobalSlot<_>"), "global", how),
    })
}

/// Aggregates whose step cannot fail.
fn aggregate_built_in(shape: Shape) -> Option<Run> {
    aggregate(shape, "built in, mark")
}

/// Aggregates whose step is the user's code.
fn aggregate_by_user(shape: Shape) -> Option<Run> {
    aggregate(shape, "user code, undo")
}
