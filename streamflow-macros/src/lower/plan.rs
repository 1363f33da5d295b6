//! What the job tells about itself, and the settings that stand in the pipeline.

use super::graph::{Id, Kind, Segment};
use super::{Cx, slots};
use crate::ir::{Attrs, Delivery};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// The plan as a value.
pub fn plan(cx: &Cx<'_>) -> TokenStream {
    let private = &cx.private;
    let sources = cx.graph.sources.len();
    let stages = cx.graph.stages.iter().map(|id| stage(cx, *id));
    let segments = cx.graph.segments.iter().map(|segment| self::segment(cx, segment));
    quote!(#private::Plan { file: ::core::file!(), sources: #sources, stages: &[#(#stages),*], segments: &[#(#segments),*] })
}

fn stage(cx: &Cx<'_>, id: Id) -> TokenStream {
    let private = &cx.private;
    let (stage, spec, _) = cx.graph.stage(id);
    let name = match &stage.label {
        Some(label) => format!("{} as {label}", spec.name),
        None => spec.name.to_owned(),
    };
    let slot = match slots::slot(cx, id) {
        Some((slot, _)) => {
            let slot = slot.to_string();
            quote!(::core::option::Option::Some(#slot))
        }
        None => quote!(::core::option::Option::None),
    };
    let run = (spec.run)(cx.graph.shape_before(id));
    let (exchange, how) = run.map_or((false, ""), |run| (run.exchange, run.how));
    // with the span of the user's word it is the line of that word
    let line = quote_spanned!(stage.name.span()=> ::core::line!());
    quote!(#private::StageInfo { name: #name, line: #line, slot: #slot, exchange: #exchange, how: #how })
}

fn segment(cx: &Cx<'_>, segment: &Segment) -> TokenStream {
    let private = &cx.private;
    let root = match cx.graph.nodes[segment.root].kind {
        Kind::Source { number, .. } => quote!(#private::Root::Source(#number)),
        Kind::Side { word, of } => {
            let (word, of) = (word.to_string(), cx.graph.stage(of).2);
            quote!(#private::Root::Side(#word, #of))
        }
        _ => {
            let number = cx.graph.stage(segment.root).2;
            quote!(#private::Root::Stage(#number))
        }
    };
    let mut steps = vec![];
    named(cx, segment.root, &mut steps);
    walk(cx, segment.root, &mut steps);
    quote!(#private::SegmentInfo { root: #root, steps: &[#(#steps),*] })
}

/// The stages in the order in which a record meets them.
fn walk(cx: &Cx<'_>, from: Id, steps: &mut Vec<TokenStream>) {
    let private = &cx.private;
    let note = |text: String| quote!(#private::Step::Note(#text));
    let node = &cx.graph.nodes[from];
    for reader in &node.readers {
        if let Kind::Route { arms, .. } = node.kind {
            steps.push(note(format!("arm `{}`", arms[reader.arm].name)));
        }
        match cx.graph.nodes[reader.node].kind {
            Kind::Sink { number, .. } => steps.push(quote!(#private::Step::Sink(#number))),
            Kind::Stage { spec, number, .. } if cx.graph.is_root(reader.node) => {
                let name = cx.slots[number].as_ref().map_or_else(|| spec.name.to_owned(), ToString::to_string);
                steps.push(quote!(#private::Step::Into(#name)));
            }
            Kind::Stage { number, .. } => {
                steps.push(quote!(#private::Step::Stage(#number)));
                named(cx, reader.node, steps);
                walk(cx, reader.node, steps);
            }
            Kind::Merge => {
                steps.push(note("merge".to_owned()));
                named(cx, reader.node, steps);
                walk(cx, reader.node, steps);
            }
            _ => walk(cx, reader.node, steps),
        }
    }
}

fn named(cx: &Cx<'_>, id: Id, steps: &mut Vec<TokenStream>) {
    let private = &cx.private;
    if let Some(name) = cx.graph.nodes[id].name {
        let text = format!("stream `{name}`");
        steps.push(quote!(#private::Step::Note(#text)));
    }
}

/// The settings as a value.
pub fn settings(cx: &Cx<'_>, attrs: &Attrs) -> TokenStream {
    let private = &cx.private;
    let name = attrs.name.as_ref().map(|name| quote!(.__name(#name)));
    // the lock of a pipeline is found by its name
    let named = attrs.name.as_ref().is_some_and(|name| syn::parse2::<syn::LitStr>(name.clone()).is_ok());
    let package = named.then(|| quote!(.__package(::core::option_env!("CARGO_MANIFEST_DIR"))));
    let threads = attrs.threads.as_ref().map(|threads| quote!(.__threads(#threads)));
    let every = attrs.batch_every.as_ref().map(|every| quote!(.__batch_every(#every)));
    let panics = attrs.skips_panics().then(|| quote!(.__skip_panics()));
    let bytes = attrs.batch_bytes.as_ref().map(|bytes| quote!(.__batch_bytes(#bytes)));
    let delivery = attrs.delivery.map(|delivery| {
        let word = match delivery {
            Delivery::AtLeast => quote!(AtLeastOnce),
            Delivery::Exactly => quote!(ExactlyOnce),
            Delivery::AtMost => quote!(AtMostOnce),
        };
        quote!(.__delivery(#private::Delivery::#word))
    });
    let checkpoint = attrs.checkpoint.as_ref().map(|directory| quote!(.__checkpoint(#directory)));
    let default = quote!(<#private::Settings as ::core::default::Default>::default());
    quote!(#default #name #package #threads #every #bytes #panics #delivery #checkpoint)
}
