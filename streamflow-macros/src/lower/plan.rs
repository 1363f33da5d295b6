//! What the job tells about itself, and the settings that stand in the pipeline.

use super::{Cx, slots};
use crate::ir::Attrs;
use crate::op::{Role, Shape};
use proc_macro2::TokenStream;
use quote::quote;

/// The plan as a value.
pub fn plan(cx: &Cx<'_>) -> TokenStream {
    let private = &cx.private;
    let stages = (0..cx.flow.stages.len()).map(|stage| {
        let (of, spec) = (&cx.flow.stages[stage], cx.spec(stage));
        let name = match &of.label {
            Some(label) => format!("{} as {label}", spec.name),
            None => spec.name.to_owned(),
        };
        let slot = slots::slot(cx, stage).filter(|_| spec.role != Role::Timestamp);
        let slot = match slot {
            Some((slot, _)) => {
                let slot = slot.to_string();
                quote!(::core::option::Option::Some(#slot))
            }
            None => quote!(::core::option::Option::None),
        };
        let keyed = matches!(cx.shapes[stage], Shape::Keyed | Shape::Open { keyed: true });
        let exchange = spec.role == Role::Aggregate && keyed;
        let how = match (spec.role, spec.name) {
            (Role::Aggregate, "fold" | "reduce" | "aggregate") => "user code, undo",
            (Role::Aggregate, _) => "built in, mark",
            (Role::Distinct, _) => "keys alone",
            (Role::Top, _) => "ranking, undo",
            _ => "",
        };
        quote!(#private::StageInfo { name: #name, slot: #slot, exchange: #exchange, how: #how })
    });
    quote!(#private::Plan { sources: 1, stages: &[#(#stages),*] })
}

/// The settings as a value.
pub fn settings(cx: &Cx<'_>, attrs: &Attrs) -> TokenStream {
    let private = &cx.private;
    let name = attrs.name.as_ref().map(|name| quote!(.__name(#name)));
    let threads = attrs.threads.as_ref().map(|threads| quote!(.__threads(#threads)));
    let every = attrs.batch_every.as_ref().map(|every| quote!(.__batch_every(#every)));
    let bytes = attrs.batch_bytes.as_ref().map(|bytes| quote!(.__batch_bytes(#bytes)));
    quote!(<#private::Settings as ::core::default::Default>::default() #name #threads #every #bytes)
}
