//! The state of a pipeline: a local struct with one field a label, in a block of its own so that its name meets no
//! name of the user's.

use super::graph::{Id, Kind};
use super::{Cx, names};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

/// Field and type of the state of a stage; `None` without state.
pub fn slot(cx: &Cx<'_>, id: Id) -> Option<(Ident, TokenStream)> {
    let Kind::Stage { spec, number, .. } = cx.graph.nodes[id].kind else { return None };
    let kind: TokenStream = (spec.run)(cx.graph.shape_before(id))?.slot?.parse().ok()?;
    let private = &cx.private;
    Some((cx.slots[number].clone()?, quote!(#private::#kind)))
}

/// The timestamps of the records of a root that go through a stage. They carry no label; two roots that are merged before the
/// stage have their own.
pub fn clock(cx: &Cx<'_>, clock: Id, root: Id) -> Ident {
    let clocks = cx.graph.segments.iter().flat_map(|segment| segment.clocks.iter().map(|clock| (*clock, segment.root)));
    let before = clocks.take_while(|other| *other != (clock, root)).count();
    format_ident!("timestamp_{before}", span = Span::mixed_site())
}

/// An expression that makes the slots.
pub fn slots(cx: &Cx<'_>) -> TokenStream {
    let private = &cx.private;
    let mut slots: Vec<(Ident, TokenStream)> = vec![];
    for id in 0..cx.graph.nodes.len() {
        slots.extend(slot(cx, id));
        for segment in cx.graph.segments.iter().filter(|segment| segment.root == id) {
            let times = segment.clocks.iter().map(|of| (clock(cx, *of, id), quote!(#private::TimeSlot)));
            slots.extend(times);
        }
    }
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

/// `&mut __state.label`, with a span.
pub fn field(cx: &Cx<'_>, id: Id, span: Span) -> Option<TokenStream> {
    let (field, _) = slot(cx, id)?;
    let field = names::at(&field, span);
    Some(quote::quote_spanned!(span=> &mut __state.#field))
}
