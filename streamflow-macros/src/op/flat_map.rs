//! `flat_map`: any number of records out of one. Its function may be a `move` closure, for the iterator
//! that it returns must often own the captured values.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const FLAT_MAP: OpSpec = OpSpec {
    name: "flat_map",
    summary: "turns a record into any number of records",
    also_called: &["explode", "unnest", "map_concat", "bind"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::FlatMap,
    group: "records",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["iterable"],
    proof_at: None,
    run: |_| None,
    example: "flat_map(|line| line.split_whitespace())",
};
