//! `inspect`: looks at records on their way; the stream stays what it is.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const INSPECT: OpSpec = OpSpec {
    name: "inspect",
    summary: "looks at every record and passes it on",
    also_called: &["for_each", "peek", "tap", "print", "debug", "do_on_next"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Any,
    gives: |shape| shape,
    role: Role::Inspect,
    group: "records",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "inspect(|item| log(item))",
};
