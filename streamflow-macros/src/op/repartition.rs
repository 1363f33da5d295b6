//! `repartition`: the records of a batch as so many chunks, which keeps their order.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const REPARTITION: OpSpec = OpSpec {
    name: "repartition",
    summary: "deals records into so many chunks",
    also_called: &["rebalance", "redistribute", "coalesce", "reshuffle"],
    args: &[ArgSpec { name: "number of chunks", kind: ArgKind::Value, form: ArgForm::Required, example: "8" }],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| Some(Run::new(None, "repartition", "nothing kept")),
    example: "repartition(8)",
};
