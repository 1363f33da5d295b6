//! `min_by`: the whole record for which the projection is smallest.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MIN_BY: OpSpec = OpSpec {
    name: "min_by",
    summary: "finds the record with the smallest measure",
    also_called: &["min_by_key", "argmin"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["ordered_state", "state", "state"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "min_by(|item| item.price)",
};
