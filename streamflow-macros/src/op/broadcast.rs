//! `broadcast`: a small stream is folded into one value that all records can read.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };

/// The entry of the table.
pub const BROADCAST: OpSpec = OpSpec {
    name: "broadcast",
    summary: "folds a small stream into a value that every record can read",
    also_called: &["with_broadcast", "connect_broadcast", "broadcast_state", "connect"],
    args: &[
        OTHER,
        ArgSpec { name: "initial state", kind: ArgKind::Value, form: ArgForm::Required, example: "0" },
        ArgSpec { name: "step", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|state, small| .." },
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|item, state| .." },
    ],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["state"],
    proof_at: Some(1),
    run: |_| Some(Run::new(Some("BroadcastSlot<_>"), "broadcast", "user code, undo")),
    example: "broadcast(other, 0, |state, small| .., |item, state| ..)",
};
