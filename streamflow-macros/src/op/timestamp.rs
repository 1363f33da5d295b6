//! `timestamp`: says when a record happened, and how far out of order records may come.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role};

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
    ],
    needs: Needs::Any,
    gives: |shape| shape,
    role: Role::Timestamp,
    example: "timestamp(|item| item.at, disorder = 2s)",
};
