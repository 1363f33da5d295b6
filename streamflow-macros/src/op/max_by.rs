//! `max_by`: the whole record for which the projection is largest.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MAX_BY: OpSpec = OpSpec {
    name: "max_by",
    summary: "finds the record with the largest measure",
    also_called: &["max_by_key", "argmax"],
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
    example: "max_by(|item| item.price)",
};
