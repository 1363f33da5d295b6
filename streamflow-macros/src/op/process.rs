//! `process`: functions of the user's for records and timers, with a state for each key.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, TIMEOUT, Timed};

/// The entry of the table.
pub const PROCESS: OpSpec = OpSpec {
    name: "process",
    summary: "runs functions for records and timers, with a state for each key",
    also_called: &["key_process", "keyed_process", "process_function", "transform_with_state", "stateful", "punctuate"],
    args: &[
        ArgSpec { name: "initial state", kind: ArgKind::Value, form: ArgForm::Required, example: "0" },
        ArgSpec { name: "function", kind: ArgKind::Function(2), form: ArgForm::Required, example: "|ctx, item| .." },
        ArgSpec {
            name: "on_timer",
            kind: ArgKind::Function(2),
            form: ArgForm::RequiredNamed,
            example: "on_timer = |ctx, time| ..",
        },
        TIMEOUT,
    ],
    needs: Needs::Keyed,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "keys",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &["state"],
    proof_at: Some(0),
    run: |_| Some(Run { exchange: true, ..Run::new(Some("HeldSlot<_, _>"), "process", "user code, undo") }),
    example: "process(0, |ctx, item| ctx.emit(item), on_timer = |ctx, time| *ctx.state = 0, timeout = 1h)",
};
