//! `suppress`: the last record of a key for a time.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const SUPPRESS: OpSpec = OpSpec {
    name: "suppress",
    summary: "holds the records of a key back for a time and gives the last one",
    also_called: &["until_time_limit", "throttle", "throttle_last", "audit", "sample_latest", "rate_limit_by_key"],
    args: &[
        ArgSpec { name: "time", kind: ArgKind::Value, form: ArgForm::Required, example: "10s" },
        ArgSpec { name: "keys", kind: ArgKind::Value, form: ArgForm::Named, example: "keys = 100_000" },
        ArgSpec {
            name: "clock",
            kind: ArgKind::Word(&["processing"]),
            form: ArgForm::Named,
            example: "clock = processing",
        },
    ],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "keys",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["state"],
    proof_at: None,
    run: |_| {
        Some(Run {
            exchange: true,
            proof: Some("known"),
            ..Run::new(Some("HeldSlot<_, _>"), "suppress", "latest records, undo")
        })
    },
    example: "suppress(10s)",
};
