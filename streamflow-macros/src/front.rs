//! The front end: from tokens to a pipeline without mistakes that tokens can show, or to its errors.

use crate::check::check;
use crate::diag::Diags;
use crate::ir::Pipeline;
use crate::lock;
use crate::parse::parse;
use crate::split::split;
use proc_macro2::TokenStream;

/// A pipeline that may be lowered.
pub struct Front {
    pub pipeline: Pipeline,
    /// Statements that make rustc warn; empty most of the time.
    pub warnings: TokenStream,
    /// Statements that compare its state with what is locked; empty without a lock.
    pub holds: TokenStream,
}

/// Reads and checks the input of the macro. An error is the complete expansion.
pub fn front(input: TokenStream) -> Result<Front, TokenStream> {
    let mut diags = Diags::new();
    let pipeline = read(input, &mut diags);
    let warnings = diags.finish()?;
    let holds = lock::compare(&pipeline);
    Ok(Front { pipeline, warnings, holds })
}

/// The pipeline as far as it could be read.
pub fn read(input: TokenStream, diags: &mut Diags) -> Pipeline {
    let script = split(input, diags);
    let mut pipeline = parse(script, diags);
    check(&mut pipeline, diags);
    pipeline
}
