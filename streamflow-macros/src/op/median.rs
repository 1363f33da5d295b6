//! `median`: the value in the middle of the records or of what the projection takes from them.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MEDIAN: OpSpec = OpSpec {
    name: "median",
    summary: "finds the value in the middle",
    also_called: &["middle", "p50"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["measure"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "median(|item| item.millis)",
};
