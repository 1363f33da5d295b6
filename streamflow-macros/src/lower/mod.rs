//! From the checked pipeline to Rust.
//!
//! ```text
//! {
//!     sources, value arguments, sinks: evaluated once, in the order of the pipeline
//!     slots: a local struct with one field a label
//!     Job::__new(plan, settings, slots, move |turn, state| {
//!         prelude: one `let` a stage on the witness, the user's tokens verbatim
//!         runs:    one a stage with state
//!         loops:   one a segment, nested blocks
//!         delivery
//!     })
//! }
//! ```
//!
//! Witnesses have the hygiene of the user's code and the span of the arrow; what lives inside the loops has the
//! hygiene of the macro. A call whose tokens come from both would be blamed on the whole macro.

mod graph;
mod hoist;
mod loops;
mod names;
mod plan;
mod prelude;
mod runs;
mod slots;

use crate::ir::{Delivery, Pipeline, Stage};
use crate::krate::crate_path;
use crate::slot::slot_names;
use graph::{Graph, Id, Kind};
pub use names::of_expansion;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

/// What the parts of the lowering share.
pub struct Cx<'p> {
    pub graph: Graph<'p>,
    /// Are records left out whose stage panics?
    pub skips_panics: bool,
    /// Must sources and sinks prove that they fit exactly-once delivery?
    pub exactly_once: bool,
    /// Do results wait until their batch is committed?
    pub at_most_once: bool,
    /// Does the stream that has come farthest move the watermark of a stage that reads several?
    pub fastest_decides: bool,
    /// By stage, in the order of the pipeline.
    pub slots: Vec<Option<Ident>>,
    /// `::streamflow::__private`
    pub private: TokenStream,
}

impl<'p> Cx<'p> {
    fn new(pipeline: &'p Pipeline) -> Option<Self> {
        let graph = Graph::new(pipeline)?;
        let stages: Vec<&Stage> = graph.stages.iter().map(|id| graph.stage(*id).0).collect();
        let slots = slot_names(&stages);
        let path = crate_path(Span::mixed_site());
        let (skips_panics, fastest_decides) = (pipeline.attrs.skips_panics(), pipeline.attrs.fastest_decides());
        let delivery = pipeline.attrs.delivery;
        let (exactly_once, at_most_once) = (delivery == Some(Delivery::Exactly), delivery == Some(Delivery::AtMost));
        Some(Cx {
            graph,
            skips_panics,
            exactly_once,
            at_most_once,
            fastest_decides,
            slots,
            private: quote!(#path::__private),
        })
    }

    /// `::streamflow::__private` with a span: what must prove a trait again carries the span of the first proof.
    pub fn private_at(&self, span: Span) -> TokenStream {
        let path = crate_path(span);
        quote_spanned!(span=> #path::__private)
    }

    /// The sources: number and tokens.
    fn sources(&self) -> impl Iterator<Item = (usize, &'p TokenStream)> {
        self.graph.sources.iter().filter_map(|id| match self.graph.nodes[*id].kind {
            Kind::Source { number, tokens } => Some((number, tokens)),
            _ => None,
        })
    }

    /// The sinks: node, number and tokens.
    fn sinks(&self) -> impl Iterator<Item = (Id, usize, &'p TokenStream)> {
        self.graph.sinks.iter().filter_map(|id| match self.graph.nodes[*id].kind {
            Kind::Sink { number, tokens, .. } => Some((*id, number, tokens)),
            _ => None,
        })
    }
}

/// The expansion of a pipeline without errors; `holds` compares its state with what is locked.
pub fn lower(pipeline: &Pipeline, holds: &TokenStream) -> TokenStream {
    let Some(cx) = Cx::new(pipeline) else {
        return crate::diag::bug(&"a stream that the checks let through goes nowhere");
    };
    let private = &cx.private;
    let hoisted = hoist::hoist(&cx);
    let slots = slots::slots(&cx);
    let plan = plan::plan(&cx);
    let settings = plan::settings(&cx, &pipeline.attrs);
    let inputs: Vec<(u32, Ident, Ident)> = cx
        .sources()
        .map(|(number, tokens)| (number as u32, names::input(number), names::blocks(number, tokens)))
        .collect();
    let (numbers, ins): (Vec<_>, Vec<_>) = inputs.iter().map(|input| (input.0, &input.1)).unzip();
    let blocks: Vec<_> = inputs.iter().map(|input| &input.2).collect();
    // a source may take its part of what the ones before it have left
    let shares = numbers.iter().rev().map(|number| number + 1);
    let sinks = cx.sinks().map(|(_, number, tokens)| {
        let sink = names::sink(number, names::first_span(tokens));
        if cx.at_most_once {
            let waiting = names::waiting(number);
            return quote!(#waiting.serve(&mut #sink, __turn));
        }
        quote!(#sink.serve(__turn))
    });
    let serving: Vec<TokenStream> = ins.iter().map(|input| quote!(#input.serve(__turn))).chain(sinks).collect();
    let prelude = prelude::prelude(&cx);
    let runs = runs::runs(&cx);
    let loops = loops::loops(&cx);
    // the loops are hidden from rust-analyzer: every user token then stands in one place only
    quote! {{
        #hoisted
        let __slots = #slots;
        let __settings = #settings;
        #private::Job::__new(
            #plan,
            __settings,
            __slots,
            move |__turn: &mut #private::Turn<'_>, __state| -> ::core::result::Result<(), #private::Failure> {
                if __turn.polls() {
                    #(if let ::core::result::Result::Err(__failure) = #ins.poll(__turn, #shares) {
                        return ::core::result::Result::Err(__failure);
                    })*
                    return ::core::result::Result::Ok(());
                }
                if __turn.serves() {
                    #(if let ::core::result::Result::Err(__failure) = #serving {
                        return ::core::result::Result::Err(__failure);
                    })*
                    return ::core::result::Result::Ok(());
                }
                #(let #blocks = #ins.take(__turn);)*
                #[allow(unexpected_cfgs)]
                let __done: ::core::result::Result<(), #private::Failure> = '__body: {
                    #prelude
                    #[cfg(not(rust_analyzer))]
                    {
                        #runs
                        #loops
                    }
                    #holds
                    ::core::result::Result::Ok(())
                };
                if let ::core::result::Result::Err(__failure) = &__done {
                    #(#ins.place(#numbers, __failure, __turn);)*
                }
                #(#ins.recycle(#blocks, __turn);)*
                __done
            },
        )
    }}
}
