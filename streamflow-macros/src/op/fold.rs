//! `fold`: a state of any type, into which records are folded one by one. The first value is evaluated once
//! and cloned for every group.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const FOLD: OpSpec = OpSpec {
    name: "fold",
    summary: "folds records into a state",
    also_called: &["accumulate", "scan", "fold_by_key"],
    args: &[
        ArgSpec { name: "initial state", kind: ArgKind::Value, form: ArgForm::Required, example: "0" },
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|state, item| .." },
        ArgSpec { name: "merge", kind: ArgKind::Function(2), form: ArgForm::Named, example: "merge = |into, from| .." },
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
    proof_at: Some(0),
    run: super::aggregate_by_user,
    example: "fold(0, |state, item| *state += item.cents)",
};
