//! `filter_map`: a record or none; made from borrowed records as in `Iterator`.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const FILTER_MAP: OpSpec = OpSpec {
    name: "filter_map",
    summary: "turns a record into another one, or drops it",
    also_called: &["map_partial", "collect_some", "map_not_null"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::FilterMap,
    group: "records",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "filter_map(|line| line.parse().ok())",
};
