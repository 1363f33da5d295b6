//! `quantiles`: the values below which given shares of the records lie.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const QUANTILES: OpSpec = OpSpec {
    name: "quantiles",
    summary: "finds the values below which shares of the records lie",
    also_called: &[
        "quantile",
        "percentile",
        "percentiles",
        "percentile_approx",
        "approx_quantile",
        "tdigest",
        "histogram",
    ],
    args: &[
        ArgSpec { name: "shares", kind: ArgKind::Value, form: ArgForm::Required, example: "[0.5, 0.99]" },
        ArgSpec { name: "by", kind: ArgKind::Function(1), form: ArgForm::RequiredNamed, example: "by = |item| .." },
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
    example: "quantiles([0.5, 0.99], by = |item| item.millis)",
};
