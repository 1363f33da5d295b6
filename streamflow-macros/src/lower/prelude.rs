//! The typed prelude: one `let` a stage on the witness, the user's tokens verbatim.

use super::graph::{Id, Kind, Node};
use super::{Cx, names};
use crate::ir::{Arg, Arm, Stage};
use crate::op::{ArgForm, ArgKind, ArgSpec, OpSpec, UNBOUNDED};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// All nodes, in the order of the pipeline.
pub fn prelude(cx: &Cx<'_>) -> TokenStream {
    (0..cx.graph.nodes.len()).map(|id| node(cx, id)).collect()
}

/// The witness where a node's stream begins: it has the span of the arrow behind the node.
pub fn witness(cx: &Cx<'_>, id: Id) -> Ident {
    let first = cx.graph.nodes[id].readers.first();
    let span = first.map_or_else(Span::call_site, |reader| cx.graph.nodes[reader.node].inputs[reader.input].span);
    names::witness(id, span)
}

/// The witness that a node reads: the user's word where the stream has a name.
pub fn before(cx: &Cx<'_>, id: Id, input: usize) -> Ident {
    let input = &cx.graph.nodes[id].inputs[input];
    input.word.cloned().unwrap_or_else(|| names::witness(input.from, input.span))
}

fn node(cx: &Cx<'_>, id: Id) -> TokenStream {
    let private = &cx.private;
    let node = &cx.graph.nodes[id];
    let after = witness(cx, id);
    let stream = match node.kind {
        Kind::Source { number, tokens } => {
            let blocks = names::borrowed_blocks(number, tokens);
            quote!(let #after = #private::flow(#blocks);)
        }
        Kind::Stage { stage, spec, .. } => self::stage(cx, id, stage, spec, &after),
        Kind::Merge => merge(cx, id, node, &after),
        Kind::Route { arms, .. } => route(cx, id, arms, &after),
        Kind::Side { word, of } => side(cx, id, word, of, &after),
        Kind::Sink { number, tokens, .. } => return sink(cx, id, number, tokens),
    };
    let name = node.name.map(|name| quote!(let #name = #after;));
    let share = share(cx, id, node);
    quote!(#stream #name #share)
}

fn stage(cx: &Cx<'_>, id: Id, stage: &Stage, spec: &OpSpec, after: &Ident) -> TokenStream {
    let carrier = names::carrier(id, stage.name.span());
    let call = call(cx, id, stage, spec);
    let proof = proof(cx, stage, spec, &carrier, after);
    let options = options(id, stage, &carrier);
    quote!(let (#carrier, #after) = #call; #proof #options)
}

/// The operator, its generics and its arguments; values by reference to what was evaluated once.
fn call(cx: &Cx<'_>, id: Id, stage: &Stage, spec: &OpSpec) -> TokenStream {
    let before = before(cx, id, 0);
    let positional = stage.args.iter().enumerate().filter(|(_, argument)| {
        // options that may be left out are set on the carrier; the others are arguments in the order of the table
        !argument.spec.is_some_and(ArgSpec::on_carrier)
    });
    let arguments: Vec<TokenStream> = positional
        .map(|(at, argument)| match argument.spec.map(|spec| spec.kind) {
            Some(ArgKind::Value | ArgKind::Window | ArgKind::Table) => {
                let span = names::first_span(&argument.tokens);
                let name = names::value(id, at, span);
                quote_spanned!(span=> &#name)
            }
            _ => argument.tokens.clone(),
        })
        .collect();
    let generics = &stage.generics;
    // `sum()` is a function apart, since Rust has no optional arguments
    let optional = spec.args.iter().any(|argument| argument.form == ArgForm::Optional);
    if optional && arguments.is_empty() {
        let span = stage.name.span();
        let (private, before) = (cx.private_at(span), names::at(&before, span));
        let name = Ident::new(&format!("{}_itself", spec.name), span);
        return quote_spanned!(span=> #private::#name #generics (#before));
    }
    // a function that says the windows of a record is typed by the stream
    let window = stage.args.first().and_then(|argument| argument.window.as_ref());
    if let Some((library, function)) = window.and_then(|window| window.function.as_ref()) {
        let span = names::first_span(function);
        let (private, before) = (cx.private_at(span), names::at(&before, span));
        let library = Ident::new(library, span);
        return quote_spanned!(span=> #private::#library(#before, #(#arguments,)* #function));
    }
    let name = &stage.name;
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#arguments),*));
    group.set_span(stage.parens);
    let group = TokenTree::Group(group);
    quote!(#before.#name #generics #group)
}

/// What an operator asks of a type is proven behind it, once. Every token has the span of the operator, so that rustc
/// takes it for the same proof as that of the operator's own bound.
fn proof(cx: &Cx<'_>, stage: &Stage, spec: &OpSpec, carrier: &Ident, after: &Ident) -> TokenStream {
    // where an argument is what must change, errors stand there
    let argument = spec.proof_at.and_then(|at| stage.args.get(at));
    let span = argument.map_or_else(|| stage.name.span(), |argument| names::first_span(&argument.tokens));
    let private = cx.private_at(span);
    let (carrier, after) = (names::at(carrier, span), names::at(after, span));
    let proofs = spec.proofs.iter().map(|proof| {
        let proof = Ident::new(proof, span);
        quote_spanned!(span=> let (#carrier, #after) = #private::#proof(#carrier, #after);)
    });
    proofs.collect()
}

/// Options that may be left out are methods of the carrier: `.disorder(&value)`, `.merge(|a, b| ..)`, `.late_per_batch()`.
fn options(id: Id, stage: &Stage, carrier: &Ident) -> TokenStream {
    let options = stage.args.iter().enumerate().filter_map(|(at, argument)| {
        let name = argument.option.as_ref()?;
        let spec = argument.spec.filter(|spec| spec.on_carrier())?;
        let span = names::first_span(&argument.tokens);
        let method = Ident::new(spec.name, name.span());
        let value = match spec.kind {
            ArgKind::Value | ArgKind::Window | ArgKind::Table => {
                let value = names::value(id, at, span);
                quote_spanned!(span=> &#value)
            }
            ArgKind::Function(_) | ArgKind::Stream => argument.tokens.clone(),
            ArgKind::Timeout if !is_unbounded(argument) => {
                let value = names::value(id, at, span);
                quote_spanned!(span=> &#value)
            }
            ArgKind::Word(_) | ArgKind::Timeout => {
                let method = Ident::new(&format!("{}_{}", spec.name, argument.tokens), name.span());
                return Some(quote!(let #carrier = #carrier.#method();));
            }
        };
        Some(quote!(let #carrier = #carrier.#method(#value);))
    });
    options.collect()
}

/// `timeout = unbounded`
pub fn is_unbounded(argument: &Arg) -> bool {
    argument.tokens.to_string() == UNBOUNDED
}

/// Streams are merged one after the other; every token of a merge has the span of the stream that is added.
fn merge(cx: &Cx<'_>, id: Id, node: &Node<'_>, after: &Ident) -> TokenStream {
    let first = before(cx, id, 0);
    let start = quote!(let #after = #first;);
    let keyed = node.shape == crate::op::Shape::Keyed;
    let others = (1..node.inputs.len()).map(|input| {
        let span = node.inputs[input].span;
        let (private, other, part) = (cx.private_at(span), before(cx, id, input), names::part(id, input, span));
        let merge = Ident::new(if keyed { "merge_keyed" } else { "merge" }, span);
        let after = names::at(after, span);
        quote_spanned!(span=> let (#part, #after) = #private::#merge(#after, #other);)
    });
    start.into_iter().chain(others.flatten()).collect()
}

fn route(cx: &Cx<'_>, id: Id, arms: &[Arm], after: &Ident) -> TokenStream {
    let before = before(cx, id, 0);
    let conditions = arms.iter().enumerate().filter_map(|(index, arm)| {
        let condition = arm.condition.as_ref()?;
        let span = arm.name.span();
        let part = names::part(id, index, span);
        let receiver = names::at(&before, span);
        Some(quote_spanned!(span=> let (#part, _) = #receiver.filter(#condition);))
    });
    quote!(let #after = #before; #(#conditions)*)
}

fn side(cx: &Cx<'_>, id: Id, word: &Ident, of: Id, after: &Ident) -> TokenStream {
    let span = word.span();
    let private = cx.private_at(span);
    let (stage, ..) = cx.graph.stage(of);
    let before = names::at(&before(cx, of, 0), span);
    let (function, carrier) = (Ident::new(&format!("{word}_stream"), span), names::carrier(id, span));
    let of = names::at(&names::carrier(of, stage.name.span()), span);
    let after = names::at(after, after.span());
    quote_spanned!(span=> let (#carrier, #after) = #private::#function(#before, &#of);)
}

/// What goes to several places is copied for all but the last; the proof stands where the stream is used a second time.
fn share(cx: &Cx<'_>, id: Id, node: &Node<'_>) -> Option<TokenStream> {
    let shared = !matches!(node.kind, Kind::Route { .. });
    let second = node.readers.get(1).filter(|_| shared)?;
    let span = cx.graph.nodes[second.node].inputs[second.input].span;
    let private = cx.private_at(span);
    let (share, witness) = (names::share(id, span), names::witness(id, span));
    Some(quote_spanned!(span=> let #share = #private::share(#witness);))
}

/// Every token has the span of the sink: a sink that does not fit is one error, on the sink.
fn sink(cx: &Cx<'_>, id: Id, number: usize, tokens: &TokenStream) -> TokenStream {
    let span = names::first_span(tokens);
    let (sink, out) = (names::sink(number, span), names::out(number, span));
    let private = cx.private_at(span);
    let last = names::at(&before(cx, id, 0), span);
    let proof = cx.exactly_once.then(|| quote_spanned!(span=> #private::held_once(&#out);));
    quote_spanned!(span=> let mut #out = #private::out(#last, &mut #sink); #proof)
}
