//! `first`: the first record of a group, or what the projection takes from it.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const FIRST: OpSpec = OpSpec {
    name: "first",
    summary: "takes the first value",
    also_called: &["first_value", "earliest", "any"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["state"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "first(|item| item.price)",
};
