//! The names that expansions use, with the spans and the hygiene they need.

use super::graph::Id;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote_spanned};

/// The span of the first token.
pub fn first_span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}

/// The same place in a name of the expansion. A name that is written in several places must not take the hygiene of each: the user's
/// tokens may come from several macros.
pub fn of_expansion(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

/// The witness of a node's stream: the user's hygiene, the arrow's span.
pub fn witness(node: Id, arrow: Span) -> Ident {
    Ident::new(&format!("__w{node}"), arrow)
}

/// The carrier of a stage's function.
pub fn carrier(node: Id, span: Span) -> Ident {
    Ident::new(&format!("__f{node}"), span)
}

/// The carrier of one input of a merge, or one condition of a route.
pub fn part(node: Id, part: usize, span: Span) -> Ident {
    Ident::new(&format!("__f{node}_{part}"), of_expansion(span))
}

/// The proof that the items of a stream may go to several places.
pub fn share(node: Id, span: Span) -> Ident {
    Ident::new(&format!("__s{node}"), of_expansion(span))
}

/// A value argument that was evaluated once.
pub fn value(node: Id, argument: usize, span: Span) -> Ident {
    Ident::new(&format!("__a{node}_{argument}"), span)
}

/// A source before it is an input.
pub fn source(number: usize, span: Span) -> Ident {
    Ident::new(&format!("__src{number}"), span)
}

/// A source inside the job.
pub fn input(number: usize) -> Ident {
    format_ident!("__in{number}", span = Span::mixed_site())
}

/// What a source has given to the batch; with the place of the source, which is what records borrow from.
pub fn blocks(number: usize, source: &TokenStream) -> Ident {
    format_ident!("__blocks{number}", span = Span::mixed_site().located_at(first_span(source)))
}

/// The blocks, borrowed. Where what borrows from them lives too long, rustc blames both the end of the batch that takes them back and the end
/// of their scope; it leaves the second out only if the borrow has the very span of their name.
pub fn borrowed_blocks(number: usize, source: &TokenStream) -> TokenStream {
    let blocks = blocks(number, source);
    quote_spanned!(blocks.span()=> &#blocks)
}

/// A sink, evaluated once.
pub fn sink(number: usize, span: Span) -> Ident {
    Ident::new(&format!("__sink{number}"), span)
}

/// Results that wait until their batch is committed.
pub fn waiting(number: usize) -> Ident {
    format_ident!("__waiting{number}", span = Span::mixed_site())
}

/// A proven sink.
pub fn out(number: usize, span: Span) -> Ident {
    Ident::new(&format!("__out{number}"), span)
}

/// What adds items to the parts of a sink.
pub fn encoder(number: usize, span: Span) -> Ident {
    Ident::new(&format!("__encoder{number}"), span)
}

/// The parts of a sink.
pub fn parts(number: usize) -> Ident {
    format_ident!("__parts{number}", span = Span::mixed_site())
}

/// What one batch does with a slot.
pub fn run(node: Id) -> Ident {
    format_ident!("__r{node}", span = Span::mixed_site())
}

/// What makes the buckets of a run, for one of its inputs.
pub fn buckets(node: Id, input: usize) -> Ident {
    format_ident!("__b{node}{}", suffix(input), span = Span::mixed_site())
}

/// What a task fills for a node: a bucket, a part, the time of its chunk.
pub fn leaf(node: Id, input: usize) -> Ident {
    format_ident!("__o{node}{}", suffix(input), span = Span::mixed_site())
}

/// What a task fills for one input of a node with records of one clock.
pub fn bucket(node: Id, input: usize, clock: Option<Id>) -> Ident {
    let clock = clock.map_or_else(String::new, |clock| format!("_at{clock}"));
    let leaf = leaf(node, input);
    format_ident!("{leaf}{clock}", span = leaf.span())
}

/// A chunk with the watermark of a clock before it.
pub fn chunk(clock: Id) -> Ident {
    format_ident!("__chunk{clock}", span = Span::mixed_site())
}

/// A method of a run for one of its inputs: `absorb`, `absorb_1`.
pub fn method(name: &str, input: usize, span: Span) -> Ident {
    Ident::new(&format!("{name}{}", suffix(input)), span)
}

fn suffix(input: usize) -> String {
    if input == 0 { String::new() } else { format!("_{input}") }
}

/// The same name at another place: it still resolves where the first one does.
pub fn at(name: &Ident, place: Span) -> Ident {
    Ident::new(&name.to_string(), name.span().located_at(place))
}

/// What a `flat_map` iterates over. It has the span of the operator alone, so that what is no iterator is one error.
pub fn items(node: Id, span: Span) -> Ident {
    Ident::new(&format!("__i{node}"), span)
}
