//! `mean`: the arithmetic mean of the records or of what the projection takes from them.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MEAN: OpSpec = OpSpec {
    name: "mean",
    summary: "computes the arithmetic mean",
    also_called: &["avg", "average", "mean_of"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["number"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "mean(|item| item.price)",
};
