//! `latest_join`: each record meets the latest one of the other stream, at once.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };
const FUNCTION: ArgSpec =
    ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." };

/// The entry of the table.
pub const LATEST_JOIN: OpSpec = OpSpec {
    name: "latest_join",
    summary: "joins each record at once with the latest one of another stream",
    also_called: &["table_lookup_join", "stream_table_join", "enrich", "with_latest_from"],
    args: &[
        OTHER,
        FUNCTION,
        ArgSpec { name: "deletes", kind: ArgKind::Function(1), form: ArgForm::Named, example: "deletes = |right| .." },
    ],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run { exchange: true, proof: Some("state"), ..Run::new(Some("TablesSlot<_, _, _>"), "latest", "undo") })
    },
    example: "latest_join(other, |left, right| ..)",
};
