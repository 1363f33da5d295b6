//! `map_async`: futures of a batch, many at a time.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const MAP_ASYNC: OpSpec = OpSpec {
    name: "map_async",
    summary: "turns each record into the result of a future",
    also_called: &["async_map", "async_io", "ordered_wait", "unordered_wait", "resolve_futures", "then", "buffered"],
    args: &[
        ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." },
        ArgSpec { name: "concurrency", kind: ArgKind::Value, form: ArgForm::Named, example: "concurrency = 64" },
        ArgSpec {
            name: "order",
            kind: ArgKind::Word(&["ordered", "unordered"]),
            form: ArgForm::Named,
            example: "order = unordered",
        },
        ArgSpec { name: "timeout", kind: ArgKind::Value, form: ArgForm::Named, example: "timeout = 5s" },
        ArgSpec {
            name: "on_error",
            kind: ArgKind::Word(&["fail", "skip"]),
            form: ArgForm::Named,
            example: "on_error = skip",
        },
    ],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::State,
    group: "records",
    state: true,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| Some(Run::new(Some("AsyncSlot"), "map_async", "futures on the thread of the job")),
    example: "map_async(|item| fetch(item.id), concurrency = 16)",
};
