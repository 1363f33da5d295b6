//! `lookup`: asks a table for the row of a key, in the fused loop.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const LOOKUP: OpSpec = OpSpec {
    name: "lookup",
    summary: "asks a table for the row of a key",
    also_called: &["lookup_join", "enrich_cached", "join_static", "global_table_join", "map_with_table"],
    args: &[
        ArgSpec { name: "table", kind: ArgKind::Table, form: ArgForm::Required, example: "table" },
        ArgSpec { name: "key", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." },
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|item, row| .." },
    ],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::Call,
    group: "joins",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["table_key"],
    proof_at: Some(1),
    run: |_| None,
    example: "lookup(table, |item| item.customer, |item, row| ..)",
};
