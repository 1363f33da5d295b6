//! `move` on a closure of a stage.
//!
//! The closure is made anew for every batch, so `move` would take its captures away with the first one.
//! rustc says so in words that lead away from the remedy, which is to leave the word out.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::ir::{Pipeline, Stage};
use crate::op::{ArgKind, Role};
use syn::{Block, Expr, ExprBlock, Stmt};

/// Reports `move` where it cannot be meant.
pub fn closures(pipeline: &Pipeline, diags: &mut Diags) {
    pipeline.each(|flow| flow.stages.iter().for_each(|stage| one(stage, diags)));
}

fn one(stage: &Stage, diags: &mut Diags) {
    if stage.spec.is_some_and(|spec| spec.role == Role::FlatMap) {
        return;
    }
    for arg in &stage.args {
        let Some(Expr::Closure(closure)) = &arg.expr else {
            continue;
        };
        let Some(word) = &closure.capture else {
            continue;
        };
        if matches!(arg.spec.map(|spec| spec.kind), Some(ArgKind::Function(_))) && !gives_closure(&closure.body) {
            let text = "`move` is not needed here: the job already owns what its closures capture";
            let diag = Diag::new(Code::MoveClosure, word, text).help("remove `move`");
            diags.push(diag.note("the closure is made once a batch, so it must not use up its captures"));
        }
    }
}

/// Whether the body is a closure itself, which then needs the captures.
fn gives_closure(body: &Expr) -> bool {
    match body {
        Expr::Closure(_) => true,
        Expr::Paren(paren) => gives_closure(&paren.expr),
        Expr::Block(ExprBlock { block: Block { stmts, .. }, .. }) => {
            matches!(stmts.last(), Some(Stmt::Expr(last, None)) if gives_closure(last))
        }
        _ => false,
    }
}
