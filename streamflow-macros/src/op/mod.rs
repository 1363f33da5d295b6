//! The operator table: everything the macro knows about an operator, one file an operator.
//!
//! The table drives names, arity, shape checks, suggestions, lowering and the tests that compare it with
//! the methods of `streamflow::Flow`.

/// What an argument is, and so where it stands in the expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgKind {
    /// A function of so many parameters: stays in the per-batch body, verbatim.
    Function(usize),
    /// A value: evaluated once, before the first batch, and passed by reference.
    Value,
    /// A window: `tumbling(10s)`; evaluated once.
    Window,
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
    Named,
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
    /// Opens a window: a value for the aggregate that follows.
    Window,
    /// Owns state; the root of the next segment.
    Aggregate,
    Distinct,
    Top,
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
    /// A whole stage: `key_by(|order| order.customer)`.
    pub example: &'static str,
}
