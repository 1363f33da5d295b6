//! `transform`: a function over whole batches.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const TRANSFORM: OpSpec = OpSpec {
    name: "transform",
    summary: "calls a function with each batch",
    also_called: &["for_each_rdd", "foreach_batch", "transform_rdd"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|batch| .." }],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["gives"],
    proof_at: Some(0),
    run: |_| Some(Run::new(None, "transformed", "nothing kept")),
    example: "transform(|batch| batch)",
};
