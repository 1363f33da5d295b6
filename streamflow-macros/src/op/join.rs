//! Joins by time: `join`, and those that give rows for records that met none.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };
const FUNCTION: ArgSpec =
    ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." };

/// How near records must be: one of these, where `before` and `after` go together.
const ARGS: &[ArgSpec] = &[
    OTHER,
    FUNCTION,
    ArgSpec { name: "within", kind: ArgKind::Value, form: ArgForm::OneOf(0), example: "within = 10min" },
    ArgSpec { name: "before", kind: ArgKind::Value, form: ArgForm::OneOf(1), example: "before = 5s" },
    ArgSpec { name: "after", kind: ArgKind::Value, form: ArgForm::OneOf(1), example: "after = 10min" },
    ArgSpec { name: "window", kind: ArgKind::Window, form: ArgForm::OneOf(2), example: "window = tumbling(1h)" },
    ArgSpec { name: "lateness", kind: ArgKind::Value, form: ArgForm::Named, example: "lateness = 1min" },
    ArgSpec {
        name: "late",
        kind: ArgKind::Word(&["per_pair"]),
        form: ArgForm::NamedWithout("window"),
        example: "late = per_pair",
    },
];

/// The entry of the table.
pub const JOIN: OpSpec = OpSpec {
    name: "join",
    summary: "joins records of two streams that have one key and are near in time",
    also_called: &["inner_join", "interval_join", "stream_join", "join_window"],
    args: ARGS,
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Needed,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run {
            exchange: true,
            proof: Some("states"),
            ..Run::new(Some("JoinSlot<_, _, _>"), "joined", "records of the batch apart")
        })
    },
    example: "join(other, within = 10min, |left, right| ..)",
};

/// The entry of the table.
pub const LEFT_JOIN: OpSpec = OpSpec {
    name: "left_join",
    summary: "joins two streams by time and keeps left records that met none",
    also_called: &["left_outer_join"],
    args: ARGS,
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Needed,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run {
            exchange: true,
            proof: Some("states"),
            ..Run::new(Some("JoinSlot<_, _, _>"), "joined", "records of the batch apart")
        })
    },
    example: "left_join(other, within = 10min, |left, right| ..)",
};

/// The entry of the table.
pub const RIGHT_JOIN: OpSpec = OpSpec {
    name: "right_join",
    summary: "joins two streams by time and keeps right records that met none",
    also_called: &["right_outer_join"],
    args: ARGS,
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Needed,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run {
            exchange: true,
            proof: Some("states"),
            ..Run::new(Some("JoinSlot<_, _, _>"), "joined", "records of the batch apart")
        })
    },
    example: "right_join(other, within = 10min, |left, right| ..)",
};

/// The entry of the table.
pub const FULL_JOIN: OpSpec = OpSpec {
    name: "full_join",
    summary: "joins two streams by time and keeps records of both that met none",
    also_called: &["outer_join", "full_outer_join"],
    args: ARGS,
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Needed,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run {
            exchange: true,
            proof: Some("states"),
            ..Run::new(Some("JoinSlot<_, _, _>"), "joined", "records of the batch apart")
        })
    },
    example: "full_join(other, within = 10min, |left, right| ..)",
};
