//! `timestamp`: says when a record happened, and how far out of order records may come.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const TIMESTAMP: OpSpec = OpSpec {
    name: "timestamp",
    summary: "gives every record its event time",
    also_called: &[
        "assign_timestamps",
        "assign_timestamps_and_watermarks",
        "with_timestamps",
        "with_watermark",
        "watermark",
        "event_time",
        "add_timestamps",
    ],
    args: &[
        ArgSpec { name: "time", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." },
        ArgSpec { name: "disorder", kind: ArgKind::Value, form: ArgForm::Named, example: "disorder = 2s" },
        ArgSpec { name: "idle", kind: ArgKind::Value, form: ArgForm::Named, example: "idle = 30s" },
        ArgSpec { name: "ahead", kind: ArgKind::Value, form: ArgForm::Named, example: "ahead = 5min" },
        ArgSpec {
            name: "late",
            kind: ArgKind::Word(&["per_batch"]),
            form: ArgForm::Named,
            example: "late = per_batch",
        },
    ],
    needs: Needs::Any,
    gives: |shape| shape,
    role: Role::Timestamp,
    group: "time",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["time"],
    proof_at: None,
    run: |_| None,
    example: "timestamp(|item| item.at, disorder = 2s)",
};
