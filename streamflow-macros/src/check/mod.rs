//! What tokens can show to be wrong. Each pass has one subject and pushes what it finds.
//!
//! What rustc says better is left to it: types, borrows, names in the user's own code.

mod arity;
mod closures;
mod labels;
mod late;
mod resolve;
mod shape;
mod streams;

pub use arity::check_options;

use crate::diag::Diags;
use crate::ir::Pipeline;
use crate::rewrite::rewrite;

/// All passes, in the one order that works: names first, for the others ask the table; windows and
/// durations before anything looks at arguments.
pub fn check(pipeline: &mut Pipeline, diags: &mut Diags) {
    resolve::resolve(pipeline, diags);
    rewrite(pipeline, diags);
    arity::arity(pipeline, diags);
    closures::closures(pipeline, diags);
    streams::streams(pipeline, diags);
    shape::shape(pipeline, diags);
    labels::labels(pipeline, diags);
}
