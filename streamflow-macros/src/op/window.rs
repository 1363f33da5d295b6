//! `window`: opens a window; the aggregate behind it owns the panes, so the label stands there.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Shape, Timed};

/// The entry of the table.
pub const WINDOW: OpSpec = OpSpec {
    name: "window",
    summary: "cuts time into windows for the aggregate that follows",
    also_called: &[
        "count_window",
        "windowed",
        "window_by",
        "windowed_by",
        "window_into",
        "time_window",
        "group_by_window",
    ],
    args: &[ArgSpec { name: "window", kind: ArgKind::Window, form: ArgForm::Required, example: "tumbling(10s)" }],
    needs: Needs::Any,
    gives: |shape| Shape::Open { keyed: shape == Shape::Keyed },
    role: Role::Window,
    group: "time",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "window(tumbling(10s))",
};
