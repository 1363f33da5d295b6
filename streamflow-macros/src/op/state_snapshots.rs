//! `state_snapshots`: the states of `map_with_state` in place of its results.

use super::{ArgForm, ArgKind, ArgSpec, INITIAL, Needs, OpSpec, Role, Run, Shape, TIMEOUT, Timed};

/// The entry of the table.
pub const STATE_SNAPSHOTS: OpSpec = OpSpec {
    name: "state_snapshots",
    summary: "gives the states of all keys behind each batch",
    also_called: &["snapshots", "state_snapshot", "snapshot_state"],
    args: &[
        ArgSpec {
            name: "function",
            kind: ArgKind::Function(3),
            form: ArgForm::Required,
            example: "|key, item, state| ..",
        },
        TIMEOUT,
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
    run: |_| Some(Run { exchange: true, ..Run::new(Some("HeldSlot<_, _>"), "snapshots", "user code, undo") }),
    example: "state_snapshots(|key, item, state| state.update(1), timeout = 30min)",
};
