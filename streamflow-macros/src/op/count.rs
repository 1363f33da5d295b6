//! `count`: how many records, in a key, a window, or altogether.

use super::{Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const COUNT: OpSpec = OpSpec {
    name: "count",
    summary: "counts records",
    also_called: &[
        "count_by_value",
        "count_by_key",
        "count_by_window",
        "count_by_value_and_window",
        "len",
        "size",
        "length",
    ],
    args: &[],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &[],
    proof_at: None,
    run: super::aggregate_built_in,
    example: "count()",
};
