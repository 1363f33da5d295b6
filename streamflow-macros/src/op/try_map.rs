//! `try_map`: a function that may fail. Its policy says what becomes of a record that does: the job fails, the record is left
//! out, or `errors(label)` reads it.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const TRY_MAP: OpSpec = OpSpec {
    name: "try_map",
    summary: "turns every record into another one by a function that may fail",
    also_called: &["map_ok", "and_then", "decode", "map_result", "try_process"],
    args: &[
        ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." },
        ArgSpec {
            name: "on_error",
            kind: ArgKind::Word(&["fail", "skip"]),
            form: ArgForm::Named,
            example: "on_error = skip",
        },
        ArgSpec { name: "retries", kind: ArgKind::Value, form: ArgForm::Named, example: "retries = 3" },
        ArgSpec { name: "backoff", kind: ArgKind::Value, form: ArgForm::Named, example: "backoff = 10ms" },
    ],
    needs: Needs::Any,
    gives: |_| Shape::Plain,
    role: Role::Try,
    group: "records",
    state: true,
    timed: Timed::Kept,
    sides: &["errors"],
    proofs: &["fallible"],
    proof_at: None,
    run: |_| Some(Run::new(Some("FailedSlot"), "attempts", "a counter")),
    example: "try_map(|line| line.parse::<u64>())",
};
