//! Tests of the front end, without a compiler: tokens in, diagnostics or rewritten tokens out.

mod any_text;
mod arguments;
mod attrs;
mod durations;
mod expansion;
mod graphs;
mod labels;
mod methods;
mod names;
mod near;
mod pages;
mod pipelines;
mod replay;
mod robust;
mod shapes;
mod snapshots;
mod split;
mod syntax;
mod table;
mod windows;

use crate::diag::Diags;
use crate::front::read;
use crate::ir::Pipeline;
use proc_macro2::TokenStream;

/// A pipeline and its findings, each as `code @ tokens: first line`.
type Case = (&'static str, &'static [&'static str]);

fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The findings in a pipeline.
fn findings(text: &str) -> Vec<String> {
    let mut diags = Diags::new();
    read(tokens(text), &mut diags);
    diags.lines()
}

/// The findings with their help and notes.
fn texts(text: &str) -> Vec<String> {
    let mut diags = Diags::new();
    read(tokens(text), &mut diags);
    diags.texts()
}

/// A pipeline that must be without findings.
pub fn good(text: &str) -> Pipeline {
    let mut diags = Diags::new();
    let pipeline = read(tokens(text), &mut diags);
    assert_eq!(diags.lines(), [""; 0], "{text}");
    pipeline
}

/// Compares all cases and shows every difference at once.
fn check(cases: &[Case]) {
    let differs = |(text, expected): &&Case| findings(text) != *expected;
    let wrong: Vec<_> = cases.iter().filter(differs).map(|(text, _)| (text, findings(text))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
