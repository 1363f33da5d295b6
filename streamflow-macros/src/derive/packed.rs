//! `#[state(serde)]`: a value is stored whole, as serde writes it.

use super::attributes::Said;
use super::recursion::all_fields;
use super::{Body, krate};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::krate::crate_path;
use proc_macro2::{Ident, Span};
use quote::quote_spanned;
use syn::DeriveInput;

pub fn body(input: &DeriveInput, said: &Said, diags: &mut Diags) -> Body {
    let krate = krate();
    if let Some(old) = said.removed.first() {
        let diag = Diag::new(Code::BadStateAttribute, old, "serde knows by itself which fields are gone");
        diags.push(diag.help("drop `removed(..)`; serde's own attributes say how fields are read"));
    }
    let attributes = all_fields(input).into_iter().flat_map(|field| &field.attrs);
    for attribute in attributes.filter(|attribute| attribute.path().is_ident("state")) {
        let diag = Diag::new(Code::BadStateAttribute, attribute.path(), "the fields of this type are read by serde");
        diags.push(diag.help("write `#[serde(default)]` or `#[serde(alias = \"old\")]`"));
    }
    // what serde asks for is missed at the name, and once: the same words at the same place are one error for rustc
    let at = Span::mixed_site().located_at(input.ident.span());
    let (by_serde, itself) = (crate_path(at), Ident::new("Self", at));
    let by_serde = quote_spanned!(at=> #by_serde::codec::by_serde::<#itself, _>());
    Body {
        members: vec![],
        layout: quote_spanned!(Span::mixed_site()=> #krate::codec::Layout::Word("packed")),
        schema: quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Packed),
        write: quote_spanned!(Span::mixed_site()=> #by_serde.0(rows, out);),
        read: quote_spanned!(Span::mixed_site()=> #by_serde.1(stored, rows, input)),
        compare: quote_spanned!(Span::mixed_site()=> #krate::codec::compare_packed(stored, found);),
    }
}
