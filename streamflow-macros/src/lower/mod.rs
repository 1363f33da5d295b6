//! From the checked pipeline to Rust.
//!
//! ```text
//! {
//!     sources, value arguments, sinks: evaluated once, in the order of the pipeline
//!     slots: a local struct with one field a label
//!     Job::__new(plan, settings, slots, move |turn, state| {
//!         prelude: one `let` a stage on the witness, the user's tokens verbatim
//!         runs:    one a slot
//!         loops:   one a segment, nested blocks
//!         delivery
//!     })
//! }
//! ```
//!
//! Witnesses have the hygiene of the user's code and the span of the arrow; what lives inside the loops has the
//! hygiene of the macro. A call whose tokens come from both would be blamed on the whole macro.

mod hoist;
mod loops;
mod names;
mod plan;
mod prelude;
mod runs;
mod slots;

use crate::ir::{End, Flow, Head, Pipeline};
use crate::krate::crate_path;
use crate::op::{OpSpec, Role, Shape};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

/// What the parts of the lowering share.
pub struct Cx<'p> {
    pub flow: &'p Flow,
    /// The shape before each stage, and behind the last one.
    pub shapes: Vec<Shape>,
    /// Is the stream timed before each stage?
    pub timed: Vec<bool>,
    /// `::streamflow::__private`
    pub private: TokenStream,
}

impl<'p> Cx<'p> {
    fn new(flow: &'p Flow) -> Self {
        let (mut shapes, mut timed) = (vec![Shape::Plain], vec![false]);
        for (stage, spec) in specs(flow).enumerate() {
            shapes.push((spec.gives)(shapes[stage]));
            timed.push((timed[stage] && !spec.has_state()) || spec.role == Role::Timestamp);
        }
        let path = crate_path(Span::mixed_site());
        Cx { flow, shapes, timed, private: quote!(#path::__private) }
    }

    /// The operator of a stage.
    pub fn spec(&self, stage: usize) -> &'static OpSpec {
        // the front end lets no unknown operator through
        self.flow.stages[stage].spec.unwrap_or(crate::op::TABLE[0])
    }

    /// `::streamflow::__private` with a span: what must prove a trait again carries the span of the first proof.
    pub fn private_at(&self, span: Span) -> TokenStream {
        let path = crate_path(span);
        quote_spanned!(span=> #path::__private)
    }
}

fn specs(flow: &Flow) -> impl Iterator<Item = &'static OpSpec> {
    flow.stages.iter().filter_map(|stage| stage.spec)
}

/// The expansion of a pipeline without errors.
pub fn lower(pipeline: &Pipeline) -> TokenStream {
    let [Flow { head: Head::Source(source), end: Some(End::Sink { tokens: sink, .. }), .. }] = &*pipeline.flows else {
        return crate::diag::bug(&"a pipeline of another form than one source and one sink");
    };
    let cx = Cx::new(&pipeline.flows[0]);
    let private = &cx.private;
    let first = names::first_span(source);
    let at_source = cx.private_at(first);
    let new_input = quote_spanned!(first=> #at_source::input(__src0));
    let hoisted = hoist::values(&cx);
    let slots = slots::slots(&cx);
    let plan = plan::plan(&cx);
    let settings = plan::settings(&cx, &pipeline.attrs);
    let prelude = prelude::prelude(&cx);
    let runs = runs::runs(&cx);
    let loops = loops::loops(&cx);
    let sink_span = names::first_span(sink);
    let sink_name = names::sink(sink_span);
    // the loops are hidden from rust-analyzer: every user token then stands in one place only
    quote! {{
        let __src0 = #source;
        let mut __in0 = #new_input;
        #hoisted
        let mut #sink_name = #sink;
        let __slots = #slots;
        let __settings = #settings;
        #private::Job::__new(
            #plan,
            __settings,
            __slots,
            move |__turn: &mut #private::Turn<'_>, __state| -> ::core::result::Result<(), #private::Failure> {
                if __turn.polls() {
                    return __in0.poll(__turn);
                }
                let __blocks0 = __in0.take(__turn);
                #[allow(unexpected_cfgs)]
                let __done: ::core::result::Result<(), #private::Failure> = '__body: {
                    #prelude
                    #[cfg(not(rust_analyzer))]
                    {
                        #runs
                        #loops
                    }
                    ::core::result::Result::Ok(())
                };
                if let ::core::result::Result::Err(__failure) = &__done {
                    __in0.place(__failure, __turn);
                }
                __in0.recycle(__blocks0, __turn);
                __done
            },
        )
    }}
}
