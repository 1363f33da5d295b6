//! The loops: one a segment, flat, with nested blocks. A filter opens a block; it never skips by `continue`, which was
//! 11 times slower on data that a branch predictor cannot learn.

use super::{Cx, names, slots};
use crate::ir::End;
use crate::op::{Role, Shape};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// From one root (the source, or the state of a stage) to the next state or to the sink.
struct Segment {
    /// The stage whose state is the root; `None`: the source.
    root: Option<usize>,
    /// The stages of the fused loop.
    stages: std::ops::Range<usize>,
    /// The stage whose state takes the records; `None`: the sink.
    leaf: Option<usize>,
}

fn segments(cx: &Cx<'_>) -> Vec<Segment> {
    let (mut segments, mut root, mut from) = (vec![], None, 0);
    for stage in 0..cx.flow.stages.len() {
        if cx.spec(stage).has_state() {
            segments.push(Segment { root, stages: from..stage, leaf: Some(stage) });
            (root, from) = (Some(stage), stage + 1);
        }
    }
    segments.push(Segment { root, stages: from..cx.flow.stages.len(), leaf: None });
    segments
}

/// The stage whose timestamps count in a segment: the last one. What an earlier one says is replaced by it.
fn clock(cx: &Cx<'_>, stages: &std::ops::Range<usize>) -> Option<usize> {
    stages.clone().rev().find(|stage| cx.spec(*stage).role == Role::Timestamp)
}

/// All segments, then the delivery.
pub fn loops(cx: &Cx<'_>) -> TokenStream {
    let Some(End::Sink { tokens, .. }) = &cx.flow.end else { return TokenStream::new() };
    let span = names::first_span(tokens);
    let out = names::out(span);
    let encoder = names::encoder(span);
    let private = cx.private_at(span);
    let take_encoder = quote_spanned!(span=> let #encoder = #private::encoder(&#out););
    let segments = segments(cx).into_iter().map(|segment| lower(cx, &segment));
    // variables of the loops resolve where the macro is called, whatever macro the sink came through
    let (turn, parts) = (quote!(__turn), quote!(__parts));
    let deliver = quote_spanned!(span=> #private::deliver(&mut #out, #turn, #parts));
    let deliver = attempt(&deliver);
    quote! {
        #take_encoder
        let mut __parts = ::std::vec::Vec::new();
        #(#segments)*
        #deliver
    }
}

/// Leaves the body with the failure of an expression.
fn attempt(fallible: &TokenStream) -> TokenStream {
    quote! {
        if let ::core::result::Result::Err(__failure) = #fallible {
            break '__body ::core::result::Result::Err(__failure);
        }
    }
}

fn lower(cx: &Cx<'_>, segment: &Segment) -> TokenStream {
    let private = &cx.private;
    let time = clock(cx, &segment.stages);
    let (make, push, absorb) = leaf(cx, segment);
    let leaf = names::leaf(segment.leaf.unwrap_or(cx.flow.stages.len()));
    // the timestamps of a chunk travel beside the leaf
    let (make, pattern, absorb) = match time {
        None => (quote!((#make,)), quote!((mut #leaf,)), absorb),
        Some(stage) => {
            let (clock, carrier) = (names::leaf(stage), carrier(cx, stage));
            let slot = slots::slot(cx, stage).map(|(slot, _)| slot);
            let make = quote!((#private::ChunkTime::new(#carrier.allowed()), #make));
            let absorb = quote! {
                let __chunk = __state.#slot.absorb(__turn, __chunk, #clock);
                #absorb
            };
            (make, quote!((mut #clock, mut #leaf)), absorb)
        }
    };
    let names: TokenStream = match time {
        None => quote!((#leaf,)),
        Some(stage) => {
            let clock = names::leaf(stage);
            quote!((#clock, #leaf))
        }
    };
    let body = nest(cx, segment.stages.clone(), push);
    // between two records the code of the root runs: that of a source, or the rows of a state
    let start = match segment.root {
        None => quote!(#private::Tracker::SOURCE),
        Some(stage) => {
            let number = stage as u32;
            quote!(#number)
        }
    };
    let task = quote! {
        let mut __at = #private::Tracker::at(#start);
        __each!(|x| {
            __at.next();
            #body
            __at.stage(#start);
        });
        let __records = __at.finish();
        (#names, __records)
    };
    let absorb = quote!(|__chunk, #names| { #absorb });
    let run = match segment.root {
        None => {
            let task = with_each(&task, |item| quote!(#private::each(&__in0_kind, __rows, #item)));
            quote! {
                let __in0_kind = __in0.kind();
                let __ran = __in0.run(&__blocks0, __turn, || #make, |__rows, #pattern| { #task }, #absorb);
            }
        }
        Some(stage) => {
            let run = names::run(stage);
            let rows = match (cx.spec(stage).role, cx.shapes[stage]) {
                (Role::Aggregate, Shape::Open { .. } | Shape::Keyed) => |item: &TokenStream| quote!(__rows.each(#item)),
                _ => {
                    |item: &TokenStream| quote!(::core::iter::Iterator::for_each(::core::iter::IntoIterator::into_iter(__rows), #item))
                }
            };
            let task = with_each(&task, rows);
            quote!(let __ran = #run.rows(__turn, || #make, |__rows, #pattern| { #task }, #absorb);)
        }
    };
    let ran = attempt(&quote!(__ran));
    let finish = segment.leaf.map(|stage| finish(cx, segment, stage));
    quote!({ #run #ran #finish })
}

/// Replaces the marker of a task by how its root calls for each row.
fn with_each(task: &TokenStream, each: impl Fn(&TokenStream) -> TokenStream) -> TokenStream {
    let mut out = TokenStream::new();
    let mut tokens = task.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match &token {
            proc_macro2::TokenTree::Ident(name) if name == "__each" => {
                tokens.next(); // the `!`
                if let Some(proc_macro2::TokenTree::Group(group)) = tokens.next() {
                    out.extend(each(&group.stream()));
                }
            }
            _ => out.extend([token]),
        }
    }
    out
}

fn carrier(cx: &Cx<'_>, stage: usize) -> Ident {
    names::carrier(stage, cx.flow.stages[stage].name.span())
}

/// How the leaf of a segment is made, filled and taken.
fn leaf(cx: &Cx<'_>, segment: &Segment) -> (TokenStream, TokenStream, TokenStream) {
    let Some(stage) = segment.leaf else { return sink(cx) };
    let (run, buckets, leaf) = (names::run(stage), names::buckets(stage), names::leaf(stage));
    let of = &cx.flow.stages[stage];
    let span = of.name.span().resolved_at(Span::call_site());
    let private = cx.private_at(span);
    let carrier = carrier(cx, stage);
    let number = stage as u32;
    let bucket = quote_spanned!(span=> #buckets.bucket());
    let absorb = quote_spanned!(span=> #run.absorb(__chunk, #leaf));
    let lift = quote_spanned!(span=> #private::Aggregate::lift(&#carrier, x, __at.count()));
    match (cx.spec(stage).role, cx.shapes[stage]) {
        (Role::Aggregate, Shape::Open { keyed }) => {
            let key = if keyed { quote!(k) } else { quote!(()) };
            let stamp = if cx.timed[stage] { quote!(t) } else { quote!(()) };
            let push = quote_spanned! {span=>
                __at.stage(#number);
                let carry = #lift;
                #leaf.push(#private::Key::probe(#key), (carry, #private::Fit::fit(#stamp)));
            };
            (bucket, push, absorb)
        }
        (Role::Aggregate, Shape::Keyed) => {
            let push = quote_spanned! {span=>
                __at.stage(#number);
                let carry = #lift;
                #leaf.push(#private::Key::probe(k), carry);
            };
            (bucket, push, absorb)
        }
        (Role::Aggregate, _) => {
            let push = quote_spanned! {span=>
                __at.stage(#number);
                let carry = #lift;
                #leaf.push(&#carrier, carry);
            };
            (bucket, push, absorb)
        }
        (Role::Distinct, _) => {
            let push = quote_spanned! {span=>
                __at.stage(#number);
                let k = #carrier.probe(&x);
                #leaf.push(k, x);
            };
            (bucket, push, absorb)
        }
        _ => {
            let push = quote!(#leaf.push(x););
            let absorb = quote!({ #run.absorb(#leaf); ::core::result::Result::Ok(()) });
            (quote!(::std::vec::Vec::new()), push, absorb)
        }
    }
}

fn sink(cx: &Cx<'_>) -> (TokenStream, TokenStream, TokenStream) {
    let Some(End::Sink { tokens, .. }) = &cx.flow.end else { return Default::default() };
    let span = names::first_span(tokens);
    let (out, encoder) = (names::out(span), names::encoder(span));
    let item = quote!(x);
    let leaf = names::leaf(cx.flow.stages.len());
    let private = cx.private_at(span);
    (
        quote_spanned!(span=> #private::part(&#out)),
        quote_spanned!(span=> #private::push(#encoder, &mut #leaf, #item);),
        quote!({ __parts.push(#leaf); ::core::result::Result::Ok(()) }),
    )
}

/// The stages of a segment as nested blocks around the leaf.
fn nest(cx: &Cx<'_>, stages: std::ops::Range<usize>, leaf: TokenStream) -> TokenStream {
    let last_clock = clock(cx, &stages);
    stages.rev().fold(leaf, |inner, stage| {
        let of = &cx.flow.stages[stage];
        let span = of.name.span().resolved_at(Span::call_site());
        let carrier = carrier(cx, stage);
        let number = stage as u32;
        let at = quote!(__at.stage(#number););
        let by_value = quote_spanned!(span=> #carrier.get()(x));
        let by_reference = quote_spanned!(span=> #carrier.get()(&x));
        match cx.spec(stage).role {
            Role::Map | Role::MapValues => quote!(#at let x = #by_value; #inner),
            Role::Filter => quote!(#at if #by_reference { #inner }),
            Role::FilterMap => quote!(#at if let ::core::option::Option::Some(x) = #by_value { #inner }),
            // the iterator's `next` is code of this stage too
            Role::FlatMap => {
                let span = of.name.span();
                let (private, items) = (cx.private_at(span), names::items(stage, span));
                let start = quote_spanned!(span=> let mut #items = #private::items(#items););
                let next = quote_spanned!(span=> #private::next(&mut #items));
                quote!(#at let #items = #by_value; #start while let ::core::option::Option::Some(x) = #next { #inner #at })
            }
            Role::Inspect => quote!(#at #by_reference; #inner),
            Role::KeyBy => quote!(#at let k = #by_reference; #inner),
            Role::Timestamp => {
                let private = cx.private_at(span);
                let clock = names::leaf(stage);
                let time = quote_spanned!(span=> #private::time_of(#by_reference));
                let stamp = if last_clock == Some(stage) { quote!(let t = #clock.observe(#time);) } else { quote!(let _ = #time;) };
                quote!(#at #stamp #inner)
            }
            Role::Window | Role::Aggregate | Role::Distinct | Role::Top => inner,
        }
    })
}

/// What a state does when it has all records of the batch.
fn finish(cx: &Cx<'_>, segment: &Segment, stage: usize) -> TokenStream {
    let private = &cx.private;
    let run = names::run(stage);
    match (cx.spec(stage).role, cx.shapes[stage]) {
        (Role::Aggregate, Shape::Keyed) => attempt(&quote!(#run.fold(__turn))),
        (Role::Aggregate, Shape::Open { .. }) => {
            let time = clock(cx, &segment.stages);
            let watermark = match time {
                None => quote!(::core::primitive::i64::MIN),
                Some(stage) => {
                    let carrier = carrier(cx, stage);
                    let slot = slots::slot(cx, stage).map(|(slot, _)| slot);
                    let partitions = match segment.root {
                        None => quote!(__in0.partitions()),
                        Some(_) => quote!(#private::ROWS),
                    };
                    quote!(__state.#slot.watermark(__turn, #partitions, #carrier.allowed()))
                }
            };
            quote!(let __watermark = #watermark;)
                .into_iter()
                .chain(attempt(&quote!(#run.fold(__turn, __watermark))))
                .collect()
        }
        _ => TokenStream::new(),
    }
}
