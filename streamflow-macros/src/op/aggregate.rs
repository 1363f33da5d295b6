//! `aggregate`: an aggregate of the user's own, a value that implements `Aggregator`.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const AGGREGATE: OpSpec = OpSpec {
    name: "aggregate",
    summary: "computes an aggregate of one's own",
    also_called: &[
        "aggregate_by_key",
        "combine_by_key",
        "combine",
        "aggregator",
        "udaf",
        "combine_globally",
        "combine_per_key",
    ],
    args: &[ArgSpec { name: "aggregator", kind: ArgKind::Value, form: ArgForm::Required, example: "MyAggregate" }],
    needs: Needs::Group,
    gives: super::aggregated,
    role: Role::State,
    group: "aggregates",
    state: true,
    timed: Timed::Window,
    sides: &["late"],
    proofs: &["aggregates"],
    proof_at: Some(0),
    run: super::aggregate_by_user,
    example: "aggregate(MyAggregate)",
};
