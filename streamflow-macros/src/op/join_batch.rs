//! Joins within one batch: nothing is kept, so records may borrow.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

const OTHER: ArgSpec =
    ArgSpec { name: "other stream", kind: ArgKind::Stream, form: ArgForm::Required, example: "other" };
const FUNCTION: ArgSpec =
    ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|left, right| .." };

/// The entry of the table.
pub const JOIN_BATCH: OpSpec = OpSpec {
    name: "join_batch",
    summary: "joins records of two streams that have one key and share a batch",
    also_called: &["batch_join"],
    args: &[OTHER, FUNCTION],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "join_batch(other, |left, right| ..)",
};

/// The entry of the table.
pub const LEFT_JOIN_BATCH: OpSpec = OpSpec {
    name: "left_join_batch",
    summary: "joins two streams within a batch and keeps left records that met none",
    also_called: &["left_outer_join_batch"],
    args: &[OTHER, FUNCTION],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "left_join_batch(other, |left, right| ..)",
};

/// The entry of the table.
pub const RIGHT_JOIN_BATCH: OpSpec = OpSpec {
    name: "right_join_batch",
    summary: "joins two streams within a batch and keeps right records that met none",
    also_called: &["right_outer_join_batch"],
    args: &[OTHER, FUNCTION],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "right_join_batch(other, |left, right| ..)",
};

/// The entry of the table.
pub const FULL_JOIN_BATCH: OpSpec = OpSpec {
    name: "full_join_batch",
    summary: "joins two streams within a batch and keeps records of both that met none",
    also_called: &["full_outer_join_batch"],
    args: &[OTHER, FUNCTION],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["same_key"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "full_join_batch(other, |left, right| ..)",
};

/// The entry of the table.
pub const SEMI_JOIN_BATCH: OpSpec = OpSpec {
    name: "semi_join_batch",
    summary: "keeps records whose key another stream has in the batch",
    also_called: &["semi_join", "left_semi_join"],
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
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "semi_join_batch(other)",
};

/// The entry of the table.
pub const ANTI_JOIN_BATCH: OpSpec = OpSpec {
    name: "anti_join_batch",
    summary: "keeps records whose key another stream does not have in the batch",
    also_called: &["anti_join", "left_anti_join", "difference", "subtract"],
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
    run: |_| Some(Run { exchange: true, proof: Some("known"), ..Run::new(None, "joined_in_batch", "nothing kept") }),
    example: "anti_join_batch(other)",
};
