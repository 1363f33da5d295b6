//! The arguments of an operator or of a window.

use crate::ir::Arg;
use crate::tokens::{at_commas, ident, is_punct, stream};
use proc_macro2::{TokenStream, TokenTree};

/// Cuts the arguments at commas and tells options (`name = value`) from positional ones. The values stay
/// as written; they are parsed later, when durations are gone.
pub fn args(tokens: TokenStream) -> Vec<Arg> {
    at_commas(tokens).into_iter().map(|part| arg(&part)).collect()
}

fn arg(tokens: &[TokenTree]) -> Arg {
    let name = ident(tokens.first()).filter(|_| is_single_equals(&tokens[1..]));
    let value = if name.is_some() { &tokens[2..] } else { tokens };
    let word = ident(value.first()).filter(|_| value.len() == 1).cloned();
    Arg { option: name.cloned(), tokens: stream(value), word, expr: None, spec: None, window: None }
}

/// `=` that is not the beginning of `==` or `=>`.
fn is_single_equals(tokens: &[TokenTree]) -> bool {
    let joins = matches!(tokens.first(), Some(TokenTree::Punct(punct))
        if punct.spacing() == proc_macro2::Spacing::Joint);
    let next = tokens.get(1);
    is_punct(tokens.first(), '=') && !(joins && (is_punct(next, '=') || is_punct(next, '>')))
}
