//! `top`: the n largest rows by a measure. It looks at all rows, so it takes no keyed stream; behind an
//! aggregate it ranks the rows of each window, or the latest row of every key.

use super::{ArgForm, ArgKind, ArgSpec, Needs, OpSpec, Role, Run, Shape, Timed};

/// The entry of the table.
pub const TOP: OpSpec = OpSpec {
    name: "top",
    summary: "keeps the n rows with the largest measure",
    also_called: &["take", "top_k", "top_n", "limit", "largest", "head", "n_largest"],
    args: &[
        ArgSpec { name: "number of rows", kind: ArgKind::Value, form: ArgForm::Required, example: "10" },
        ArgSpec { name: "by", kind: ArgKind::Function(1), form: ArgForm::RequiredNamed, example: "by = |row| .." },
    ],
    needs: Needs::Unkeyed,
    gives: |shape| shape,
    role: Role::State,
    group: "rows",
    state: true,
    timed: Timed::Lost,
    sides: &[],
    proofs: &["ordered"],
    proof_at: None,
    run,
    example: "top(10, by = |row| row.value)",
};

fn run(shape: Shape) -> Option<Run> {
    Some(match shape {
        // the rows of a window come in one batch: nothing is kept
        Shape::Windows => Run::new(None, "window_ranking", "nothing kept"),
        Shape::Changes => Run::new(Some("RankingSlot<_, _>"), "ranking", "ranking, undo"),
        // only here is it known that the records themselves are kept
        _ => Run { proof: Some("state"), ..Run::new(Some("BestSlot<_>"), "best", "ranking, undo") },
    })
}
