//! `last`: the last record of a group, or what the projection takes from it.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const LAST: OpSpec = OpSpec {
    name: "last",
    summary: "takes the last value",
    also_called: &["last_value", "latest", "newest"],
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
    example: "last(|item| item.price)",
};
