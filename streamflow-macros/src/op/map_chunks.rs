//! `map_chunks`: a function over each chunk.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const MAP_CHUNKS: OpSpec = OpSpec {
    name: "map_chunks",
    summary: "calls a function with each chunk",
    also_called: &[
        "map_partitions",
        "map_partition",
        "for_each_partition",
        "flat_map_batch",
        "map_batches",
        "map_batch",
    ],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|items| .." }],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "batches",
    state: false,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["gives"],
    proof_at: Some(0),
    run: |_| Some(Run::new(None, "mapped_chunks", "nothing kept")),
    example: "map_chunks(|items| items.take(1))",
};
