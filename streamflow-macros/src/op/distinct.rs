//! `distinct`: lets the first of equal records pass. What it has seen is state.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const DISTINCT: OpSpec = OpSpec {
    name: "distinct",
    summary: "drops records that were seen before",
    also_called: &["unique", "drop_duplicates", "distinct_by", "uniq"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "rows",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["key"],
    proof_at: None,
    run: |_| Some(Run::new(Some("DistinctSlot<_>"), "distinct", "keys alone")),
    example: "distinct(|item| item.id)",
};
