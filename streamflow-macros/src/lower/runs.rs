//! The runs: what one batch does with each slot. Slot, stage and the witness before it give all types.

use super::{Cx, names, slots};
use crate::op::{Role, Shape};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

/// One run a stage with state.
pub fn runs(cx: &Cx<'_>) -> TokenStream {
    (0..cx.flow.stages.len()).map(|stage| run(cx, stage)).collect()
}

fn run(cx: &Cx<'_>, stage: usize) -> TokenStream {
    let of = &cx.flow.stages[stage];
    // proofs that are asked again carry the span of the first one
    let span = of.name.span().resolved_at(Span::call_site());
    let private = cx.private_at(span);
    let witness = names::at(&names::witness(stage, of.arrow), span);
    let carrier = names::carrier(stage, of.name.span());
    let (run, buckets) = (names::run(stage), names::buckets(stage));
    let number = stage as u32;
    let slot = slots::slot(cx, stage).map(|(slot, _)| quote_spanned!(span=> &mut __state.#slot));
    let make_buckets = quote_spanned!(span=> let #buckets = #run.buckets(););
    match (cx.spec(stage).role, cx.shapes[stage]) {
        (Role::Aggregate, Shape::Open { .. }) => {
            let window = names::carrier(stage - 1, cx.flow.stages[stage - 1].name.span());
            quote_spanned! {span=>
                let mut #run = match #private::windowed(#witness, #slot, #window, &#carrier, __turn, #number) {
                    ::core::result::Result::Ok(run) => run,
                    ::core::result::Result::Err(failure) => break '__body ::core::result::Result::Err(failure),
                };
                #make_buckets
            }
        }
        (Role::Aggregate, Shape::Keyed) => quote_spanned! {span=>
            let mut #run = #private::keyed(#witness, #slot, &#carrier, __turn, #number);
            #make_buckets
        },
        (Role::Aggregate, _) => quote_spanned! {span=>
            let mut #run = #private::global(#witness, #slot, &#carrier, #number);
            let #buckets = #run.parts();
        },
        (Role::Distinct, _) => quote_spanned! {span=>
            let mut #run = #private::distinct(#slot, &#carrier, __turn, #number);
            #make_buckets
        },
        (Role::Top, Shape::Windows) => quote_spanned! {span=>
            let mut #run = #private::window_ranking(#witness, &#carrier, #number);
        },
        (Role::Top, Shape::Changes) => quote_spanned! {span=>
            let mut #run = #private::ranking(#witness, #slot, &#carrier, __turn, #number);
        },
        (Role::Top, _) => quote_spanned! {span=>
            let (mut #run, ()) = #private::state(#private::best(#witness, #slot, &#carrier, #number), ());
        },
        _ => TokenStream::new(),
    }
}
