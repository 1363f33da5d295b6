//! Makes Rust of what the language writes shorter: windows and durations. Then the arguments are parsed.

use crate::diag::Diags;
use crate::durations;
use crate::ir::{Arg, End, Head, Pipeline, Stage};
use crate::op::ArgKind;
use crate::window;

/// Rewrites all arguments, sources and sinks.
pub fn rewrite(pipeline: &mut Pipeline, diags: &mut Diags) {
    pipeline.each_mut(|flow| {
        if let Head::Source(source) = &mut flow.head {
            *source = durations::rewrite(std::mem::take(source), diags);
        }
        flow.stages.iter_mut().for_each(|stage| rewrite_stage(stage, diags));
        if let Some(End::Sink { tokens, .. }) = &mut flow.end {
            *tokens = durations::rewrite(std::mem::take(tokens), diags);
        }
    });
}

fn rewrite_stage(stage: &mut Stage, diags: &mut Diags) {
    for arg in &mut stage.args {
        if arg.spec.is_some_and(|spec| spec.kind == ArgKind::Window) {
            window::rewrite(arg, diags);
        } else {
            arg.tokens = durations::rewrite(std::mem::take(&mut arg.tokens), diags);
        }
        parse(arg);
    }
}

/// What cannot be parsed stays as tokens: half-typed code reaches the editor, and rustc reports it.
fn parse(arg: &mut Arg) {
    arg.expr = syn::parse2(arg.tokens.clone()).ok();
}
