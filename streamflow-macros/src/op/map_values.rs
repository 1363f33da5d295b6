//! `map_values`: changes the records of a keyed stream and keeps the key that `key_by` computed, which
//! `map` would forget.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const MAP_VALUES: OpSpec = OpSpec {
    name: "map_values",
    summary: "turns every record into another one and keeps its key",
    also_called: &["values", "map_value", "transform_values"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Keyed,
    gives: |shape| shape,
    role: Role::MapValues,
    group: "keys",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "map_values(|item| item.cents)",
};
