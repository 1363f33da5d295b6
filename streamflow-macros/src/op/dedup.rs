//! `dedup`: drops duplicates as long as they can come; what it has seen is state that goes with event time.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const DEDUP: OpSpec = OpSpec {
    name: "dedup",
    summary: "drops records whose key was seen a short time before",
    also_called: &["deduplicate", "dedup_by_key", "drop_duplicates_within_watermark", "deduplicate_within"],
    args: &[
        ArgSpec { name: "projection", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." },
        ArgSpec { name: "within", kind: ArgKind::Value, form: ArgForm::RequiredNamed, example: "within = 10min" },
    ],
    needs: Needs::Unkeyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "rows",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["key"],
    proof_at: None,
    run: |_| Some(Run::new(Some("HeldSlot<_, _>"), "dedup", "keys and times, undo")),
    example: "dedup(|item| item.id, within = 10min)",
};
