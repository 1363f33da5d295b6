//! `variance`: the variance of the records or of what the projection takes from them.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const VARIANCE: OpSpec = OpSpec {
    name: "variance",
    summary: "computes the variance",
    also_called: &["var", "var_pop", "var_samp"],
    args: &[
        ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." },
        ArgSpec { name: "sample", kind: ArgKind::Value, form: ArgForm::Named, example: "sample = true" },
    ],
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
    example: "variance(|item| item.price)",
};
