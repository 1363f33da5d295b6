//! `flat_map_values`: any number of records for one, all with its key.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const FLAT_MAP_VALUES: OpSpec = OpSpec {
    name: "flat_map_values",
    summary: "turns each record into any number of records and keeps the key",
    also_called: &["flat_map_value"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Keyed,
    gives: |_| Shape::Keyed,
    role: Role::FlatMap,
    group: "keys",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["iterable"],
    proof_at: None,
    run: |_| None,
    example: "flat_map_values(|item| item.parts)",
};
