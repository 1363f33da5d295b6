//! `transform_with`: a function over whole batches of two streams.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const TRANSFORM_WITH: OpSpec = OpSpec {
    name: "transform_with",
    summary: "calls a function with each batch of two streams",
    also_called: &["transform_two", "zip_batches"],
    args: &[
        ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" },
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|batch, other| .." },
    ],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["gives"],
    proof_at: Some(1),
    run: |_| Some(Run::new(None, "transformed_with", "nothing kept")),
    example: "transform_with(other, |batch, other| batch)",
};
