//! `#[derive(State)]`: stores a type by the names of its fields and variants.

mod attributes;
mod enums;
mod fields;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::krate::crate_path;
use attributes::{On, Said};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Generics, LitStr};

/// The implementation of `State`. Each field is asked for `State` at its own type, so that the error stands there.
pub fn state(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diags = Diags::new();
    let said = Said::new(&input.attrs, On::Container, &mut diags);
    let body = match &input.data {
        Data::Struct(data) => fields::of_struct(data, &said, &mut diags),
        Data::Enum(data) => enums::of_enum(data, &said, &mut diags),
        Data::Union(data) => {
            let message = "a union cannot be kept as state: nothing tells which of its fields holds";
            diags.push(Diag::new(Code::Underivable, data.union_token, message).help("write an `enum`"));
            return diags.items();
        }
    };
    // beside the errors: whoever uses the type should not see more of them
    let implementation = implement(&input.ident, &input.generics, &body, &said);
    let errors = diags.items();
    quote_spanned!(Span::mixed_site()=> #errors #implementation)
}

/// The five functions of the trait, but for what all have in common. Each knows `state`, the path of the crate's codec.
struct Body {
    schema: TokenStream,
    write: TokenStream,
    read: TokenStream,
    compare: TokenStream,
}

fn implement(name: &Ident, generics: &Generics, body: &Body, said: &Said) -> TokenStream {
    let krate = krate();
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(#krate::State));
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let Body { schema, write, read, compare } = body;
    let check = said.check.as_ref().map(|check| {
        quote_spanned! {Span::mixed_site()=>
            let rows = rows?;
            for row in &rows {
                (#check)(row).map_err(#krate::codec::ReadError::new)?;
            }
            let rows = ::core::result::Result::Ok(rows);
        }
    });
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #[allow(unused_variables, unused_mut, unreachable_patterns, clippy::all, clippy::pedantic)]
        impl #parameters #krate::State for #name #arguments #conditions {
            fn schema() -> #krate::codec::Type {
                #schema
            }
            fn write(rows: &[&Self], out: &mut #krate::codec::Writer) {
                #write
            }
            fn read(
                stored: &#krate::codec::Type,
                rows: ::core::primitive::usize,
                input: &mut #krate::codec::Reader<'_>,
            ) -> ::core::result::Result<::std::vec::Vec<Self>, #krate::codec::ReadError> {
                let rows: ::core::result::Result<::std::vec::Vec<Self>, #krate::codec::ReadError> = { #read };
                #check
                rows
            }
            fn compare(stored: &#krate::codec::Type, found: &mut #krate::codec::Differences) {
                #compare
            }
        }
    }
}

fn krate() -> TokenStream {
    crate_path(Span::mixed_site())
}

/// A name as checkpoints know it: `r#type` is `type`.
fn stored_name(name: &Ident) -> String {
    name.unraw().to_string()
}

/// An array of names that were given as texts.
fn names(given: &[LitStr]) -> TokenStream {
    quote_spanned!(Span::mixed_site()=> &[#(#given),*])
}
