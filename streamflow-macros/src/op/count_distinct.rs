//! `count_distinct`: about how many different values there are.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const COUNT_DISTINCT: OpSpec = OpSpec {
    name: "count_distinct",
    summary: "counts different values, about",
    also_called: &["approx_count_distinct", "distinct_count", "count_unique", "nunique", "hyperloglog", "cardinality"],
    args: &[ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Optional, example: "|item| .." }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["key"],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "count_distinct(|item| item.user)",
};
