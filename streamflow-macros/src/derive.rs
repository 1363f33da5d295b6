//! `#[derive(State)]`: describes a type by the names and shapes of its fields.

use crate::krate::crate_path;
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields};

/// The implementation of `State`. Each field is asked for `State` at its own type, so that the error stands there.
pub fn state(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let krate = crate_path(Span::call_site());
    let shape = match &input.data {
        Data::Struct(data) => fields(&krate, &data.fields),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| {
                let (name, fields) = (variant.ident.to_string(), fields(&krate, &variant.fields));
                quote!(variants.push(::std::format!("{}{}", #name, #fields));)
            });
            quote!({
                let mut variants: ::std::vec::Vec<::std::string::String> = ::std::vec::Vec::new();
                #(#variants)*
                variants.join(" | ")
            })
        }
        Data::Union(_) => {
            return syn::Error::new_spanned(&input.ident, "a union cannot be kept as state").to_compile_error();
        }
    };
    let name = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(syn::parse_quote!(#krate::State));
    }
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let (parameters, arguments, conditions) = (quote!(#parameters), quote!(#arguments), quote!(#conditions));
    quote! {
        #[automatically_derived]
        impl #parameters #krate::State for #name #arguments #conditions {
            fn shape() -> ::std::string::String {
                #shape
            }
        }
    }
}

/// An expression of the shape of some fields: `{a: u64, b: string}`, `(u64, string)`, or nothing.
fn fields(krate: &TokenStream, fields: &Fields) -> TokenStream {
    let shapes = fields.iter().map(|field| {
        let ty = &field.ty;
        let shape = quote_spanned!(ty.span()=> <#ty as #krate::State>::shape());
        match &field.ident {
            Some(name) => {
                let name = name.to_string();
                quote!(::std::format!("{}: {}", #name, #shape))
            }
            None => shape,
        }
    });
    let joined = quote!(<[::std::string::String]>::join(&[#(#shapes),*], ", "));
    match fields {
        Fields::Named(_) => quote!(::std::format!("{{{}}}", #joined)),
        Fields::Unnamed(_) => quote!(::std::format!("({})", #joined)),
        Fields::Unit => quote!(::std::string::String::new()),
    }
}
