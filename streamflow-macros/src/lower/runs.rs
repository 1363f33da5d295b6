//! The runs: what one batch does with each stage that is the root of a segment. Slot, stage and the witnesses before it give
//! all types. The protocol is described in `streamflow/src/flow/README.md`.

use super::graph::{Id, Kind};
use super::{Cx, names, prelude, slots};
use crate::op::{ArgKind, Role, Shape};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// One run a stage with state, and what tables do before a batch.
pub fn runs(cx: &Cx<'_>) -> TokenStream {
    (0..cx.graph.nodes.len()).flat_map(|id| [tables(cx, id), run(cx, id)]).flatten().collect()
}

fn run(cx: &Cx<'_>, id: Id) -> Option<TokenStream> {
    let Kind::Stage { stage, spec, number } = cx.graph.nodes[id].kind else { return None };
    if !matches!(spec.role, Role::State | Role::Try) {
        return None;
    }
    let shape = cx.graph.shape_before(id);
    let how = (spec.run)(shape)?;
    // proofs that are asked again carry the span of the first one
    let span = stage.name.span().resolved_at(Span::call_site());
    let private = cx.private_at(span);
    let inputs = cx.graph.nodes[id].inputs.len();
    let witnesses = (0..inputs).map(|input| names::at(&prelude::before(cx, id, input), span));
    let witnesses = quote_spanned!(span=> #(#witnesses,)*);
    let slot = slots::field(cx, id, span).map(|slot| quote_spanned!(span=> #slot,));
    let window = matches!(shape, Shape::Open { .. }).then(|| {
        let window = cx.graph.window_of(id);
        let window = names::carrier(window, cx.graph.stage(window).0.name.span());
        quote_spanned!(span=> &#window,)
    });
    let sides = ["late", "errors"].into_iter().filter_map(|word| {
        let side = cx.graph.side_of(id, word)?;
        let Kind::Side { word, .. } = cx.graph.nodes[side].kind else { return None };
        let carrier = names::at(&names::carrier(side, word.span()), span);
        Some((format!("_with_{word}"), quote_spanned!(span=> #carrier,)))
    });
    let (suffixes, sides): (Vec<String>, Vec<TokenStream>) = sides.unzip();
    let start = Ident::new(&format!("{}{}", how.start, suffixes.concat()), span);
    let carrier = names::carrier(id, stage.name.span());
    let run = names::run(id);
    let number = number as u32;
    let started = quote_spanned! {span=>
        match #private::#start(#witnesses #slot #window #(#sides)* &#carrier, __turn, #number) {
            ::core::result::Result::Ok(run) => run,
            ::core::result::Result::Err(failure) => break '__body ::core::result::Result::Err(failure),
        }
    };
    let started = match how.proof {
        None => quote_spanned!(span=> let mut #run = #started;),
        Some(proof) => {
            let proof = Ident::new(proof, span);
            quote_spanned!(span=> let (mut #run, ()) = #private::#proof(#started, ());)
        }
    };
    let buckets = (0..inputs).map(|input| {
        let (buckets, method) = (names::buckets(id, input), names::method("buckets", input, span));
        quote_spanned!(span=> let #buckets = #run.#method();)
    });
    Some(quote!(#started #(#buckets)*))
}

/// Brings tables up to date: a batch sees one version.
fn tables(cx: &Cx<'_>, id: Id) -> Option<TokenStream> {
    let Kind::Stage { stage, .. } = cx.graph.nodes[id].kind else { return None };
    let tables = stage
        .args
        .iter()
        .enumerate()
        .filter(|(_, argument)| argument.spec.is_some_and(|spec| spec.kind == ArgKind::Table));
    let private = &cx.private;
    let refresh = tables.map(|(at, argument)| {
        let name = names::value(id, at, names::first_span(&argument.tokens));
        quote! {
            if let ::core::result::Result::Err(__failure) = #private::refresh(&#name, __turn) {
                break '__body ::core::result::Result::Err(__failure);
            }
        }
    });
    Some(refresh.collect())
}
