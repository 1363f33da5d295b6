//! `max`: the largest record, or the largest value that the projection takes from them.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MAX: OpSpec = OpSpec {
    name: "max",
    summary: "finds the largest value",
    also_called: &["maximum", "greatest"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["ordered_state", "state"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "max(|item| item.price)",
};
