//! The loops: one a segment, flat, with nested blocks. A filter opens a block; it never skips by `continue`, which was
//! 11 times slower on data that a branch predictor cannot learn.

use super::graph::{Id, Kind, Leaf, Reader, Segment};
use super::{Cx, names, slots};
use crate::op::{Role, Shape};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// All segments, each behind the states that it reads, then the delivery.
pub fn loops(cx: &Cx<'_>) -> TokenStream {
    let sinks = cx.sinks().map(|(_, number, tokens)| {
        let span = names::first_span(tokens);
        let (out, encoder, parts) = (names::out(number, span), names::encoder(number, span), names::parts(number));
        let private = cx.private_at(span);
        let take = quote_spanned!(span=> let #encoder = #private::encoder(&#out););
        quote!(#take let mut #parts = ::std::vec::Vec::new();)
    });
    let segments = cx.graph.segments.iter().enumerate().map(|(number, segment)| {
        let fold = fold(cx, segment.root);
        let run = lower(cx, segment);
        quote!(#fold __turn.segment(#number); { #run })
    });
    let deliveries = cx.sinks().map(|(_, number, tokens)| {
        let span = names::first_span(tokens);
        let (out, parts) = (names::out(number, span), names::parts(number));
        let private = cx.private_at(span);
        // variables of the loops resolve where the macro is called, whatever macro the sink came through
        let turn = quote!(__turn);
        if cx.at_most_once {
            let waiting = names::waiting(number);
            return attempt(
                &quote_spanned!(span=> #private::deliver_at_most_once(&mut #out, &mut #waiting, #turn, #parts)),
            );
        }
        attempt(&quote_spanned!(span=> #private::deliver(&mut #out, #turn, #parts)))
    });
    quote!(#(#sinks)* #(#segments)* #(#deliveries)*)
}

/// Leaves the body with the failure of an expression.
fn attempt(fallible: &TokenStream) -> TokenStream {
    quote! {
        if let ::core::result::Result::Err(__failure) = #fallible {
            break '__body ::core::result::Result::Err(__failure);
        }
    }
}

/// What a state does when it has all records of the batch.
fn fold(cx: &Cx<'_>, root: Id) -> Option<TokenStream> {
    let Kind::Stage { number, .. } = cx.graph.nodes[root].kind else { return None };
    let private = &cx.private;
    let run = names::run(root);
    let clocks = cx.graph.clocks(root).into_iter().map(|(clock, of)| {
        let slot = slots::clock(cx, clock, of);
        let carrier = carrier(cx, clock);
        let source = match cx.graph.nodes[of].kind {
            Kind::Source { number, .. } => {
                let input = names::input(number);
                quote!(#input.reading())
            }
            _ => quote!(#private::ROWS),
        };
        quote!(__state.#slot.reach(__turn, #source, &#carrier))
    });
    let decides = Ident::new(if cx.fastest_decides { "fastest" } else { "slowest" }, Span::call_site());
    let watermark = quote!(let __watermark = #private::#decides(__turn, &[#(#clocks),*]););
    let fold = attempt(&quote!(#run.fold(__turn, __watermark)));
    Some(quote!(#watermark __turn.fold(#number); #fold))
}

fn lower(cx: &Cx<'_>, segment: &Segment) -> TokenStream {
    let private = &cx.private;
    let clocks = segment.clocks.iter().map(|clock| names::leaf(*clock, 0));
    let leaves = segment.leaves.iter().map(|leaf| names::bucket(leaf.node, leaf.input, leaf.clock));
    let all: Vec<Ident> = clocks.chain(leaves).collect();
    let make_clocks = segment.clocks.iter().map(|clock| {
        let carrier = carrier(cx, *clock);
        quote!(#private::ChunkTime::new(__turn, &#carrier))
    });
    let makes = make_clocks.chain(segment.leaves.iter().map(|leaf| make(cx, leaf)));
    let makes = quote!((#(#makes,)*));
    let absorb_clocks = segment.clocks.iter().map(|clock| {
        let (slot, leaf, chunk) =
            (slots::clock(cx, *clock, segment.root), names::leaf(*clock, 0), names::chunk(*clock));
        quote!(let #chunk = __state.#slot.absorb(__turn, __chunk, #leaf);)
    });
    let absorbs = segment.leaves.iter().map(|leaf| absorb(cx, leaf));
    let absorb = quote!(|__chunk, (#(#all,)*)| { #(#absorb_clocks)* #(#absorbs)* ::core::result::Result::Ok(()) });
    let body = deliver(cx, segment.root, None);
    let stage = match cx.graph.nodes[segment.root].kind {
        Kind::Stage { number, .. } => Some(number),
        Kind::Side { of, .. } => Some(cx.graph.stage(of).2),
        _ => None,
    };
    // between two records the code of the root runs: that of a source, or the rows of a state
    let start = match stage {
        None => quote!(#private::Tracker::SOURCE),
        Some(number) => {
            let number = number as u32;
            quote!(#number)
        }
    };
    let of_source = matches!(cx.graph.nodes[segment.root].kind, Kind::Source { .. });
    // a chunk in which a record panicked is run again without it
    let skips = cx.skips_panics && of_source;
    let left_out = skips.then(|| quote!(let mut __left_out = #private::LeftOut::new();));
    let body = if skips { quote!(if __left_out.takes(__at.count()) { #body }) } else { body };
    let task = |each: &dyn Fn(TokenStream) -> TokenStream| {
        let each = each(quote! {
            __at.next();
            #body
            __at.stage(#start);
        });
        quote! {
            |__rows, (#(mut #all,)*)| {
                let mut __at = #private::Tracker::at(#start);
                #left_out
                #each
                let __records = __at.finish();
                ((#(#all,)*), __records)
            }
        }
    };
    let run = match cx.graph.nodes[segment.root].kind {
        Kind::Source { number, tokens } => {
            let (input, blocks, number) = (names::input(number), names::borrowed_blocks(number, tokens), number as u32);
            // a source has no times of its own
            let task = task(&|body| quote!(#private::each(&__kind, __rows, |x| { let t = (); #body });));
            quote! {
                let __kind = #input.kind();
                let __ran = #input.run(#number, #blocks, __turn, || #makes, #task, #absorb);
            }
        }
        Kind::Side { word, of } => {
            let (run, rows) = (names::run(of), Ident::new(&word.to_string(), Span::call_site()));
            let task = task(&|body| quote!(__rows.each(|x, t| { #body });));
            let places = places(cx);
            quote!(let __ran = #run.#rows(__turn, &#places, || #makes, #task, #absorb);)
        }
        _ => {
            let run = names::run(segment.root);
            let task = task(&|body| quote!(__rows.each(|x, t| { #body });));
            quote!(let __ran = #run.rows(__turn, || #makes, #task, #absorb);)
        }
    };
    let ran = attempt(&quote!(__ran));
    quote!(#run #ran)
}

/// The name of a partition of a source, for what is put aside.
fn places(cx: &Cx<'_>) -> TokenStream {
    let (numbers, inputs): (Vec<u32>, Vec<Ident>) =
        cx.sources().map(|(number, _)| (number as u32, names::input(number))).unzip();
    quote! {
        |__source: ::core::primitive::u32, __partition: ::core::primitive::u32| match __source {
            #(#numbers => #inputs.partition_name(__partition),)*
            _ => ::std::string::String::new(),
        }
    }
}

fn carrier(cx: &Cx<'_>, stage: Id) -> Ident {
    names::carrier(stage, cx.graph.stage(stage).0.name.span())
}

fn span_of(cx: &Cx<'_>, stage: Id) -> Span {
    cx.graph.stage(stage).0.name.span().resolved_at(Span::call_site())
}

/// How a leaf is made: an empty bucket, an empty part.
fn make(cx: &Cx<'_>, leaf: &Leaf) -> TokenStream {
    match cx.graph.nodes[leaf.node].kind {
        Kind::Sink { number, tokens, .. } => {
            let span = names::first_span(tokens);
            let (private, out) = (cx.private_at(span), names::out(number, span));
            quote_spanned!(span=> #private::part(&#out))
        }
        _ => {
            let span = span_of(cx, leaf.node);
            let buckets = names::buckets(leaf.node, leaf.input);
            quote_spanned!(span=> #buckets.bucket())
        }
    }
}

/// What becomes of a full leaf.
fn absorb(cx: &Cx<'_>, leaf: &Leaf) -> TokenStream {
    let filled = names::bucket(leaf.node, leaf.input, leaf.clock);
    match cx.graph.nodes[leaf.node].kind {
        Kind::Sink { number, .. } => {
            let parts = names::parts(number);
            quote!(#parts.push(#filled);)
        }
        _ => {
            let span = span_of(cx, leaf.node);
            let (run, method) = (names::run(leaf.node), names::method("absorb", leaf.input, span));
            let chunk = leaf.clock.map_or_else(|| Ident::new("__chunk", Span::call_site()), names::chunk);
            let absorbed = quote_spanned!(span=> #run.#method(__turn, #chunk, #filled));
            quote! {
                if let ::core::result::Result::Err(__failure) = #absorbed {
                    return ::core::result::Result::Err(__failure);
                }
            }
        }
    }
}

/// Gives the record in `x`, with its key in `k` and its time in `t`, to all who read the stream of a node.
fn deliver(cx: &Cx<'_>, from: Id, clock: Option<Id>) -> TokenStream {
    let node = &cx.graph.nodes[from];
    if let Kind::Route { arms, .. } = node.kind {
        // from the last arm, which takes all, to the first
        return node.readers.iter().rev().fold(TokenStream::new(), |rest, reader| {
            let inner = visit(cx, reader, clock);
            if arms[reader.arm].condition.is_none() {
                return inner;
            }
            let condition = names::part(from, reader.arm, arms[reader.arm].name.span());
            quote!(if #condition.get()(&x) { #inner } else { #rest })
        });
    }
    let last = node.readers.len().saturating_sub(1);
    let readers = node.readers.iter().enumerate().map(|(index, reader)| {
        let inner = visit(cx, reader, clock);
        if index == last {
            return inner;
        }
        let second = node.readers[1];
        let span = names::of_expansion(cx.graph.nodes[second.node].inputs[second.input].span);
        let share = names::share(from, span);
        let item = quote!(x);
        let copy = quote_spanned!(span=> let #item = #share.copy(&#item););
        let key = has_key(node.shape).then(|| quote!(let k = ::core::clone::Clone::clone(&k);));
        quote!({ #copy #key #inner })
    });
    readers.collect()
}

fn has_key(shape: Shape) -> bool {
    matches!(shape, Shape::Keyed | Shape::Open { keyed: true })
}

/// The code of one reader: a block around those who read its own stream.
fn visit(cx: &Cx<'_>, reader: &Reader, clock: Option<Id>) -> TokenStream {
    let id = reader.node;
    match cx.graph.nodes[id].kind {
        Kind::Sink { number, tokens, .. } => {
            let span = names::first_span(tokens);
            let (private, encoder) = (cx.private_at(span), names::encoder(number, span));
            let (leaf, item) = (names::leaf(id, 0), quote!(x));
            quote_spanned!(span=> #private::push(#encoder, &mut #leaf, #item);)
        }
        Kind::Merge if reader.input > 0 => {
            let span = names::of_expansion(cx.graph.nodes[id].inputs[reader.input].span);
            let part = names::part(id, reader.input, span);
            let item = quote!(x);
            let cast = quote_spanned!(span=> let #item = #part.get(#item););
            let key = quote!(k);
            let key = has_key(cx.graph.nodes[id].shape).then(|| quote_spanned!(span=> let #key = #part.key(#key);));
            let inner = deliver(cx, id, clock);
            quote!(#cast #key #inner)
        }
        Kind::Stage { spec, .. } if spec.role == Role::State => feed(cx, reader, clock),
        Kind::Stage { .. } => fused(cx, id, clock),
        _ => deliver(cx, id, clock),
    }
}

/// A record reaches a state.
fn feed(cx: &Cx<'_>, reader: &Reader, clock: Option<Id>) -> TokenStream {
    let (id, input) = (reader.node, reader.input);
    let (_, _, number) = cx.graph.stage(id);
    let span = span_of(cx, id);
    let (leaf, carrier, number) = (names::bucket(id, input, clock), carrier(cx, id), number as u32);
    let shape = cx.graph.nodes[cx.graph.nodes[id].inputs[input].from].shape;
    let key = if has_key(shape) { quote!(k) } else { quote!(()) };
    let (at, item, time) = (quote!(__at), quote!(x), quote!(t));
    quote_spanned! {span=>
        #at.stage(#number);
        #leaf.feed(&#carrier, #item, #key, #time, #at.count());
    }
}

/// A stage of the fused loop.
fn fused(cx: &Cx<'_>, id: Id, clock: Option<Id>) -> TokenStream {
    let (stage, spec, number) = cx.graph.stage(id);
    let clock = if spec.role == Role::Timestamp { Some(id) } else { clock };
    let inner = deliver(cx, id, clock);
    let span = span_of(cx, id);
    let carrier = carrier(cx, id);
    let number = number as u32;
    let at = quote!(__at.stage(#number););
    let by_value = quote_spanned!(span=> #carrier.get()(x));
    let by_reference = quote_spanned!(span=> #carrier.get()(&x));
    match spec.role {
        Role::Map | Role::MapValues => quote!(#at let x = #by_value; #inner),
        Role::Call => {
            let call = quote_spanned!(span=> #carrier.call(x));
            quote!(#at let x = #call; #inner)
        }
        Role::Try => {
            let leaf = names::leaf(id, 0);
            let (item, number) = (quote!(x), quote!(__at.count()));
            let attempt = quote_spanned!(span=> #leaf.attempt(&#carrier, #item, #number));
            quote!(#at if let ::core::option::Option::Some(x) = #attempt { #inner })
        }
        Role::Filter => quote!(#at if #by_reference { #inner }),
        Role::FilterMap => quote!(#at if let ::core::option::Option::Some(x) = #by_value { #inner }),
        // the iterator's `next` is code of this stage too
        Role::FlatMap => {
            let span = stage.name.span();
            let (private, items) = (cx.private_at(span), names::items(id, span));
            let start = quote_spanned!(span=> let mut #items = #private::items(#items););
            let next = quote_spanned!(span=> #private::next(&mut #items));
            let key = has_key(cx.graph.nodes[id].shape).then(|| quote!(let k = ::core::clone::Clone::clone(&k);));
            quote!(#at let #items = #by_value; #start while let ::core::option::Option::Some(x) = #next { #key #inner #at })
        }
        Role::Inspect => quote!(#at #by_reference; #inner),
        Role::KeyBy => quote!(#at let k = #by_reference; #inner),
        Role::Timestamp => {
            let private = cx.private_at(span);
            let clock = names::leaf(id, 0);
            let time = quote_spanned!(span=> #private::time_of(#by_reference));
            quote!(#at let t = #clock.observe(#time); #inner)
        }
        Role::Window | Role::State => inner,
    }
}
