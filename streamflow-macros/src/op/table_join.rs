//! `table_join`: the latest records of a key on both sides make one row, again whenever one changes.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };
const FUNCTION: ArgSpec =
    ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." };

/// The entry of the table.
pub const TABLE_JOIN: OpSpec = OpSpec {
    name: "table_join",
    summary: "joins the latest records of two streams whenever one changes",
    also_called: &["ktable_join", "changelog_join"],
    args: &[
        OTHER,
        FUNCTION,
        ArgSpec {
            name: "left_deletes",
            kind: ArgKind::Function(1),
            form: ArgForm::Named,
            example: "left_deletes = |left| ..",
        },
        ArgSpec {
            name: "right_deletes",
            kind: ArgKind::Function(1),
            form: ArgForm::Named,
            example: "right_deletes = |right| ..",
        },
    ],
    needs: Needs::Keyed,
    gives: |_| Shape::Changes,
    role: Role::State,
    group: "joins",
    state: true,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| {
        Some(Run { exchange: true, proof: Some("states"), ..Run::new(Some("TablesSlot<_, _, _>"), "tables", "undo") })
    },
    example: "table_join(other, |left, right| ..)",
};
