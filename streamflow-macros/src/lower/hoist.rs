//! Value arguments: evaluated once, before the first batch, and passed by reference.

use super::{Cx, names};
use crate::op::ArgKind;
use proc_macro2::TokenStream;
use quote::quote;

/// `let __a3_0 = <the user's tokens>;` for each value and window of the pipeline, in its order.
pub fn values(cx: &Cx<'_>) -> TokenStream {
    let stages = cx.flow.stages.iter().enumerate();
    let values = stages.flat_map(|(stage, of)| {
        of.args.iter().enumerate().filter_map(move |(index, argument)| {
            let hoisted = argument.spec.is_some_and(|spec| matches!(spec.kind, ArgKind::Value | ArgKind::Window));
            hoisted.then(|| {
                let tokens = &argument.tokens;
                let name = names::value(stage, index, names::first_span(tokens));
                quote!(let #name = #tokens;)
            })
        })
    });
    values.collect()
}
