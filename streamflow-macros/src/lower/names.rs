//! The names that expansions use, with the spans and the hygiene they need.

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;

/// The span of the first token.
pub fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// The witness before stage `stage`: the user's hygiene, the arrow's span.
pub fn witness(stage: usize, arrow: Span) -> Ident {
    Ident::new(&format!("__w{stage}"), arrow)
}

/// The carrier of a stage's function.
pub fn carrier(stage: usize, span: Span) -> Ident {
    Ident::new(&format!("__f{stage}"), span)
}

/// A value argument that was evaluated once.
pub fn value(stage: usize, argument: usize, span: Span) -> Ident {
    Ident::new(&format!("__a{stage}_{argument}"), span)
}

/// The sink, evaluated once.
pub fn sink(span: Span) -> Ident {
    Ident::new("__sink0", span)
}

/// The proven sink.
pub fn out(span: Span) -> Ident {
    Ident::new("__out0", span)
}

/// What adds items to the parts of the sink.
pub fn encoder(span: Span) -> Ident {
    Ident::new("__encoder0", span)
}

/// What one batch does with a slot.
pub fn run(stage: usize) -> Ident {
    format_ident!("__r{stage}", span = Span::mixed_site())
}

/// What makes the buckets of a run.
pub fn buckets(stage: usize) -> Ident {
    format_ident!("__b{stage}", span = Span::mixed_site())
}

/// What a task fills for a stage: a bucket, a part, the time of its chunk.
pub fn leaf(stage: usize) -> Ident {
    format_ident!("__o{stage}", span = Span::mixed_site())
}

/// The same name at another place: it still resolves where the first one does.
pub fn at(name: &Ident, place: Span) -> Ident {
    Ident::new(&name.to_string(), name.span().located_at(place))
}

/// What a `flat_map` iterates over. It has the span of the operator alone, so that what is no iterator is one error.
pub fn items(stage: usize, span: Span) -> Ident {
    Ident::new(&format!("__i{stage}"), span)
}
