//! `collect`: the values of a group, as a list in source order.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const COLLECT: OpSpec = OpSpec {
    name: "collect",
    summary: "collects values into a `Vec`",
    also_called: &[
        "group",
        "to_list",
        "to_vec",
        "array_agg",
        "collect_list",
        "collect_window",
        "group_by_key_and_window",
    ],
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
    example: "collect(|item| item.cents)",
};
