//! `cogroup`: all records of a key of two streams, within one batch.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };

/// The entry of the table.
pub const COGROUP: OpSpec = OpSpec {
    name: "cogroup",
    summary: "groups the records of two streams by their key within a batch",
    also_called: &["co_group_by_key", "group_with"],
    args: &[OTHER],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "cogrouped", "nothing kept") }),
    example: "cogroup(other)",
};
