//! `#[state(serde)]`: a value is stored whole, as serde writes it.

use super::attributes::Said;
use super::recursion::all_fields;
use super::{Body, krate};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use proc_macro2::{Ident, Span, TokenStream};
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
    // serde's bounds are missed at the word that asks for them
    let at = said.serde.as_ref().map_or_else(Span::mixed_site, Ident::span);
    let call = |function: &str| -> TokenStream {
        let function = Ident::new(function, Span::mixed_site());
        quote_spanned!(at=> #krate::codec::#function)
    };
    let (write, read, compare) = (call("write_packed"), call("read_packed"), call("compare_packed"));
    Body {
        members: vec![],
        layout: quote_spanned!(Span::mixed_site()=> #krate::codec::Layout::Word("packed")),
        schema: quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Packed),
        write: quote_spanned!(Span::mixed_site()=> #write(rows, out);),
        read: quote_spanned!(Span::mixed_site()=> #read(stored, rows, input)),
        compare: quote_spanned!(Span::mixed_site()=> #compare(stored, found);),
    }
}
