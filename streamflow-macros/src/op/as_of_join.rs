//! `as_of_join`: each record meets the version of the other stream that held at its time.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };
const FUNCTION: ArgSpec =
    ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." };

/// The entry of the table.
pub const AS_OF_JOIN: OpSpec = OpSpec {
    name: "as_of_join",
    summary: "joins each record with the version of another stream that held at its time",
    also_called: &["temporal_join", "versioned_join"],
    args: &[
        OTHER,
        FUNCTION,
        ArgSpec { name: "deletes", kind: ArgKind::Function(1), form: ArgForm::Named, example: "deletes = |right| .." },
        ArgSpec { name: "lateness", kind: ArgKind::Value, form: ArgForm::Named, example: "lateness = 1min" },
    ],
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
            ..Run::new(Some("JoinSlot<_, _, _>"), "as_of", "records of the batch apart")
        })
    },
    example: "as_of_join(other, |left, right| ..)",
};
