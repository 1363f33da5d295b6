//! Sources, value arguments and sinks: evaluated once, before the first batch, in the order of the pipeline.

use super::graph::{Id, Kind};
use super::prelude::is_unbounded;
use super::{Cx, names};
use crate::ir::Stage;
use crate::op::ArgKind;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

/// `let __a3_0 = <the user's tokens>;` and the like.
pub fn hoist(cx: &Cx<'_>) -> TokenStream {
    let nodes = cx.graph.nodes.iter().enumerate().map(|(id, node)| match node.kind {
        Kind::Source { number, tokens } => {
            let span = names::first_span(tokens);
            let (source, input) = (names::source(number, span), names::input(number));
            let private = cx.private_at(span);
            let new = quote_spanned!(span=> #private::input(#source));
            if cx.exactly_once {
                // under the name with the user's span: one of the macro's own would be blamed on the whole macro
                let proof = quote_spanned!(span=> let #source = #new; #private::read_again(&#source););
                return quote!(let #source = #tokens; #proof let mut #input = #source;);
            }
            quote!(let #source = #tokens; let mut #input = #new;)
        }
        Kind::Stage { stage, .. } => values(id, stage),
        Kind::Sink { number, tokens, .. } => {
            let private = &cx.private;
            let sink = names::sink(number, names::first_span(tokens));
            let waiting = cx.at_most_once.then(|| {
                let waiting = names::waiting(number);
                quote!(let mut #waiting = #private::waiting();)
            });
            quote!(let mut #sink = #private::output(#tokens); #waiting)
        }
        Kind::Merge | Kind::Route { .. } | Kind::Side { .. } => TokenStream::new(),
    });
    nodes.collect()
}

fn values(id: Id, stage: &Stage) -> TokenStream {
    let values = stage.args.iter().enumerate().filter_map(|(index, argument)| {
        let tokens = &argument.tokens;
        let name = names::value(id, index, names::first_span(tokens));
        match argument.spec?.kind {
            ArgKind::Value | ArgKind::Window => Some(quote!(let #name = #tokens;)),
            ArgKind::Table => Some(quote!(let mut #name = #tokens;)),
            ArgKind::Timeout => (!is_unbounded(argument)).then(|| quote!(let #name = #tokens;)),
            ArgKind::Function(_) | ArgKind::Stream | ArgKind::Word(_) => None,
        }
    });
    values.collect()
}
