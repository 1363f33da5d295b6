//! `chunks`: each chunk as one list.

use super::{Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const CHUNKS: OpSpec = OpSpec {
    name: "chunks",
    summary: "turns each chunk into one list",
    also_called: &["glom", "to_chunks", "partitions", "batches"],
    args: &[],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| Some(Run::new(None, "whole_chunks", "nothing kept")),
    example: "chunks()",
};
