//! `update_state`: every key in every batch, with what the batch brought for it.

use super::{ArgForm, ArgKind, ArgSpec, INITIAL, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const UPDATE_STATE: OpSpec = OpSpec {
    name: "update_state",
    summary: "visits every key in every batch, with its values and its state",
    also_called: &["update_state_by_key"],
    args: &[
        ArgSpec {
            name: "function",
            kind: ArgKind::Function(3),
            form: ArgForm::Required,
            example: "|key, values, state| ..",
        },
        INITIAL,
    ],
    needs: Needs::Keyed,
    gives: |_| Shape::Changes,
    role: Role::State,
    group: "keys",
    state: true,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["state"],
    proof_at: None,
    run: |_| Some(Run { exchange: true, ..Run::new(Some("HeldSlot<_, _>"), "update_state", "user code, undo") }),
    example: "update_state(|key, values, state| *state = Some(values.len()))",
};
