//! The state of a pipeline: a local struct with one field a label, in a block of its own so that its name meets no
//! name of the user's.

use super::Cx;
use crate::op::{Role, Shape};
use crate::slot::slot_name;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Field and type of the state of a stage; `None` without state.
pub fn slot(cx: &Cx<'_>, stage: usize) -> Option<(Ident, TokenStream)> {
    let private = &cx.private;
    let shape = cx.shapes[stage];
    let kind = match (cx.spec(stage).role, shape) {
        (Role::Timestamp, _) => return Some((time_slot(cx, stage), quote!(#private::TimeSlot))),
        (Role::Aggregate, Shape::Open { .. }) => quote!(#private::WindowSlot<_, _>),
        (Role::Aggregate, Shape::Keyed) => quote!(#private::KeyedSlot<_, _>),
        (Role::Aggregate, _) => quote!(#private::GlobalSlot<_>),
        (Role::Distinct, _) => quote!(#private::DistinctSlot<_>),
        (Role::Top, Shape::Changes) => quote!(#private::RankingSlot<_, _>),
        // the rows of a window come in one batch: nothing is kept
        (Role::Top, Shape::Windows) => return None,
        (Role::Top, _) => quote!(#private::BestSlot<_>),
        _ => return None,
    };
    Some((slot_name(cx.flow, stage)?, kind))
}

/// Timestamps carry no label; a double underscore cannot meet one.
fn time_slot(cx: &Cx<'_>, stage: usize) -> Ident {
    let before = (0..stage).filter(|stage| cx.spec(*stage).role == Role::Timestamp).count();
    format_ident!("timestamp_{before}", span = Span::mixed_site())
}

/// An expression that makes the slots.
pub fn slots(cx: &Cx<'_>) -> TokenStream {
    let private = &cx.private;
    let slots: Vec<(Ident, TokenStream)> = (0..cx.flow.stages.len()).filter_map(|stage| slot(cx, stage)).collect();
    let parameters: Vec<Ident> = (0..slots.len()).map(|index| format_ident!("S{index}")).collect();
    let fields: Vec<&Ident> = slots.iter().map(|slot| &slot.0).collect();
    let labels = fields.iter().map(|field| field.to_string());
    let kinds = slots.iter().map(|slot| &slot.1);
    quote! {{
        pub struct State<#(#parameters),*> {
            #(pub #fields: #parameters,)*
        }
        impl<#(#parameters: #private::SlotApi),*> #private::Slots for State<#(#parameters),*> {
            fn each(&mut self, __each: &mut dyn ::core::ops::FnMut(&'static ::core::primitive::str, &mut dyn #private::SlotApi)) {
                let _ = &__each;
                #(__each(#labels, &mut self.#fields);)*
            }
        }
        State { #(#fields: <#kinds as ::core::default::Default>::default(),)* }
    }}
}
