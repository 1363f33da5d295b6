//! `sample`: a random sample of the records of a group, chosen by a seed.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const SAMPLE: OpSpec = OpSpec {
    name: "sample",
    summary: "keeps a random sample of records",
    also_called: &["take_sample", "reservoir", "random", "sampled"],
    args: &[
        ArgSpec { name: "number of records", kind: ArgKind::Value, form: ArgForm::Required, example: "100" },
        ArgSpec { name: "seed", kind: ArgKind::Value, form: ArgForm::Named, example: "seed = 7" },
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
    run: super::aggregate_built_in,
    example: "sample(100, seed = 7)",
};
