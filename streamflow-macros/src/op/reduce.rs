//! `reduce`: joins two records into one of the same type, until one is left. Since it needs no first value,
//! a group without records has no result.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const REDUCE: OpSpec = OpSpec {
    name: "reduce",
    summary: "joins records of one type, two by two",
    also_called: &["reduce_by_key", "reduce_by_window", "reduce_by_key_and_window", "merge_with"],
    args: &[
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." },
        ArgSpec {
            name: "inverse",
            kind: ArgKind::Function(2),
            form: ArgForm::Named,
            example: "inverse = |all, leaving| ..",
        },
    ],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["state"],
    proof_at: None,
    run: super::aggregate_by_user,
    example: "reduce(|left, right| left.max(right))",
};
