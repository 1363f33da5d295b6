//! The typed prelude: one `let` a stage on the witness, the user's tokens verbatim.

use super::{Cx, names};
use crate::ir::{End, Stage};
use crate::op::{ArgForm, ArgKind};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// All stages and the sink.
pub fn prelude(cx: &Cx<'_>) -> TokenStream {
    let private = &cx.private;
    let stages = &cx.flow.stages;
    let arrow = |stage: usize| match (stages.get(stage), &cx.flow.end) {
        (Some(stage), _) => stage.arrow,
        (None, Some(End::Sink { arrow, .. })) => *arrow,
        (None, None) => proc_macro2::Span::call_site(),
    };
    let first = names::witness(0, arrow(0));
    let lets = stages.iter().enumerate().map(|(index, stage)| {
        let before = names::witness(index, stage.arrow);
        let after = names::witness(index + 1, arrow(index + 1));
        let carrier = names::carrier(index, stage.name.span());
        let call = call(cx, index, stage, &before);
        let proof = proof(cx, index, &carrier, &after);
        let options = options(index, stage, &carrier);
        quote!(let (#carrier, #after) = #call; #proof #options)
    });
    let last = names::witness(stages.len(), arrow(stages.len()));
    let sink = sink(cx, &last);
    quote! {
        let #first = #private::flow(&__blocks0);
        #(#lets)*
        #sink
    }
}

/// The operator, its generics and its arguments; values by reference to what was evaluated once.
fn call(cx: &Cx<'_>, index: usize, stage: &Stage, before: &Ident) -> TokenStream {
    let spec = cx.spec(index);
    let positional = stage.args.iter().enumerate().filter(|(_, argument)| {
        // the options of `timestamp` are set on its carrier; those of others are arguments in the order of the table
        !argument.spec.is_some_and(|spec| spec.form == ArgForm::Named)
    });
    let arguments: Vec<TokenStream> = positional
        .map(|(at, argument)| match argument.spec.map(|spec| spec.kind) {
            Some(ArgKind::Value | ArgKind::Window) => {
                let span = names::first_span(&argument.tokens);
                let name = names::value(index, at, span);
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
        let (private, before) = (cx.private_at(span), names::at(before, span));
        let name = Ident::new(&format!("{}_itself", spec.name), span);
        return quote_spanned!(span=> #private::#name #generics (#before));
    }
    let name = &stage.name;
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#arguments),*));
    group.set_span(stage.parens);
    let group = TokenTree::Group(group);
    quote!(#before.#name #generics #group)
}

/// What an operator asks of a type is proven behind it, once. Every token has the span of the operator, so that rustc
/// takes it for the same proof as that of the operator's own bound.
fn proof(cx: &Cx<'_>, index: usize, carrier: &Ident, after: &Ident) -> TokenStream {
    let stage = &cx.flow.stages[index];
    let mut span = stage.name.span();
    let proofs: &[&str] = match cx.spec(index).name {
        "key_by" | "distinct" => &["key"],
        "timestamp" => &["time"],
        "flat_map" => &["iterable"],
        "sum" => &["total"],
        "mean" => &["number"],
        "min" | "max" => &["ordered_state", "state"],
        "top" => &["ordered"],
        "reduce" | "collect" | "first" | "last" | "sample" => &["state"],
        "max_by" | "min_by" => &["ordered_state", "state", "state"],
        "variance" | "std_dev" | "median" | "quantiles" => &["measure"],
        "count_distinct" => &["key"],
        // the accumulator is written as an argument: that is what must change
        "fold" => {
            span = names::first_span(&stage.args[0].tokens);
            &["state"]
        }
        _ => &[],
    };
    let private = cx.private_at(span);
    let (carrier, after) = (names::at(carrier, span), names::at(after, span));
    let proofs = proofs.iter().map(|proof| {
        let proof = Ident::new(proof, span);
        quote_spanned!(span=> let (#carrier, #after) = #private::#proof(#carrier, #after);)
    });
    proofs.collect()
}

fn options(index: usize, stage: &Stage, carrier: &Ident) -> TokenStream {
    let options = stage.args.iter().enumerate().filter_map(|(at, argument)| {
        let name = argument.option.as_ref()?;
        let spec = argument.spec.filter(|spec| spec.form == ArgForm::Named && spec.kind == ArgKind::Value)?;
        let method = Ident::new(spec.name, name.span());
        let span = names::first_span(&argument.tokens);
        let value = names::value(index, at, span);
        let value = quote_spanned!(span=> &#value);
        Some(quote!(let #carrier = #carrier.#method(#value);))
    });
    options.collect()
}

/// Every token has the span of the sink: a sink that does not fit is one error, on the sink.
fn sink(cx: &Cx<'_>, last: &Ident) -> TokenStream {
    let Some(End::Sink { tokens, .. }) = &cx.flow.end else { return TokenStream::new() };
    let span = names::first_span(tokens);
    let (sink, out) = (names::sink(span), names::out(span));
    let private = cx.private_at(span);
    let last = names::at(last, span);
    quote_spanned!(span=> let mut #out = #private::out(#last, &mut #sink);)
}
