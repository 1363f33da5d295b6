//! `map_with_state`: each record with the state of its key, which may time out.

use super::{ArgForm, ArgKind, ArgSpec, INITIAL, Needs, OpSpec, Role, Run, Shape, TIMEOUT, Timed};

/// The entry of the table.
pub const MAP_WITH_STATE: OpSpec = OpSpec {
    name: "map_with_state",
    summary: "turns each record into a result, with a state for each key",
    also_called: &[
        "track_state_by_key",
        "stateful_map",
        "rich_map",
        "map_stateful",
        "with_state",
        "map_groups_with_state",
    ],
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
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "keys",
    state: true,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["state"],
    proof_at: None,
    run: |_| Some(Run { exchange: true, ..Run::new(Some("HeldSlot<_, _>"), "held", "user code, undo") }),
    example: "map_with_state(|key, item, state| state.update(1), timeout = 30min)",
};
