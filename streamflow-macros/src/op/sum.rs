//! `sum`: the sum of the records or of what the projection takes from them.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const SUM: OpSpec = OpSpec {
    name: "sum",
    summary: "adds up numbers",
    also_called: &["sum_of", "total", "add", "sum_by"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["total"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "sum(|item| item.cents)",
};
