//! `key_by`: says what the following aggregate groups by. Rows of an earlier aggregate may be keyed again.
//! A second `key_by` before any aggregate is a warning and no error: it does what it says.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const KEY_BY: OpSpec = OpSpec {
    name: "key_by",
    summary: "groups the records by a key",
    also_called: &[
        "group_by",
        "group_by_key",
        "partition_by",
        "with_keys",
        "distribute_by",
        "shuffle",
        "exchange",
        "select_key",
    ],
    args: &[ArgSpec { name: "key", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Keyed,
    role: Role::KeyBy,
    group: "keys",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["key"],
    proof_at: None,
    run: |_| None,
    example: "key_by(|item| item.customer)",
};
