//! `map`: one record in, one record out. The result forgets the key, because its function may make
//! another kind of record.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const MAP: OpSpec = OpSpec {
    name: "map",
    summary: "turns every record into another one",
    also_called: &["select", "project", "apply"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::Map,
    group: "records",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "map(|item| item.total)",
};
