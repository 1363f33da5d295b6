//! `filter`: looks at a record and lets it pass or not, so the stream keeps its key and its shape.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Timed};

/// The entry of the table.
pub const FILTER: OpSpec = OpSpec {
    name: "filter",
    summary: "keeps the records for which a condition holds",
    also_called: &["where", "retain", "keep"],
    args: &[ArgSpec { name: "function", kind: ArgKind::Function(1), form: ArgForm::Required, example: "|item| .." }],
    needs: Needs::Any,
    gives: |shape| shape,
    role: Role::Filter,
    group: "records",
    state: false,
    timed: Timed::Kept,
    sides: &[],
    proofs: &[],
    proof_at: None,
    run: |_| None,
    example: "filter(|item| item.paid)",
};
