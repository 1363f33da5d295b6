//! `#[derive(State)]` stores a type by the names of its fields and variants; `#[derive(Key)]` groups by it.

mod attributes;
mod enums;
mod fields;
mod float;
mod key;
mod once;
mod packed;
mod recursion;
mod taken;

pub use key::key;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::krate::crate_path;
use crate::lock;
use attributes::{On, Said};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Generics, LitStr};

/// The implementation of `State`. Each field is asked for `State` at its own type, so that the error stands there.
pub fn state(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diags = Diags::new();
    let implementation = state_of(&input, &mut diags);
    let errors = diags.items();
    quote_spanned!(Span::mixed_site()=> #errors #implementation)
}

/// The findings in a type, as one line each.
#[cfg(test)]
pub fn findings(input: TokenStream) -> Vec<String> {
    let mut diags = Diags::new();
    state_of(&syn::parse2(input).expect("a type"), &mut diags);
    diags.lines()
}

/// Stands beside the errors where it can: whoever uses the type should not see more of them.
fn state_of(input: &DeriveInput, diags: &mut Diags) -> Option<TokenStream> {
    let said = Said::new(&input.attrs, On::Container, diags);
    half_version(&said, diags);
    let mut body = match &input.data {
        _ if said.serde.is_some() => packed::body(input, &said, diags),
        Data::Struct(data) => fields::of_struct(data, &said, diags),
        Data::Enum(data) if data.variants.is_empty() => {
            let message = "an enum without variants cannot be kept as state: it has no values";
            diags.push(Diag::new(Code::Underivable, &input.ident, message));
            return None;
        }
        Data::Enum(data) => enums::of_enum(data, &said, diags),
        Data::Union(data) => {
            let message = "a union cannot be kept as state: nothing tells which of its fields holds";
            diags.push(Diag::new(Code::Underivable, data.union_token, message).help("write an `enum`"));
            return None;
        }
    };
    if said.serde.is_none() {
        let before = diags.len();
        recursion::check(input, diags);
        if diags.len() > before {
            // rustc would say so again, of constants that need each other
            let krate = krate();
            body.layout = quote_spanned!(Span::mixed_site()=> #krate::codec::Layout::Unknown);
        }
    }
    let implementation = implement(&input.ident, &input.generics, &body, &said);
    // a type with parameters is several types: it is compared where it is used
    let generic = !input.generics.params.is_empty();
    let locked = if generic { TokenStream::new() } else { lock::hold_type(&input.ident, &body.members, diags) };
    Some(quote_spanned!(Span::mixed_site()=> #implementation #locked))
}

/// A version above 1 and the type before it belong together.
fn half_version(said: &Said, diags: &mut Diags) {
    let diag = match (&said.version, &said.migrate) {
        (None, Some((word, _))) => Diag::new(Code::HalfVersion, word, "`migrate` needs the number of the new version")
            .help("add `version = 2`, or one more than the old type has"),
        (Some((word, 2..)), None) => {
            Diag::new(Code::HalfVersion, word, "a version above 1 needs the type of the one before it")
                .help("keep the old type and add `migrate = OldType`, with `impl From<OldType>` for this type")
        }
        (Some((_, 1)), Some((word, _))) => {
            Diag::new(Code::HalfVersion, word, "there is nothing before version 1").help("write `version = 2`")
        }
        _ => return,
    };
    diags.push(diag);
}

/// The five functions of the trait, but for what all have in common. Each knows `state`, the path of the crate's codec.
struct Body {
    /// Fields or variants, each with its place.
    members: Vec<(String, Span)>,
    /// A constant of type `Layout`.
    layout: TokenStream,
    schema: TokenStream,
    write: TokenStream,
    read: TokenStream,
    compare: TokenStream,
}

fn implement(name: &Ident, generics: &Generics, body: &Body, said: &Said) -> TokenStream {
    let krate = krate();
    let mut generics = generics.clone();
    if said.serde.is_none() {
        generics.type_params_mut().for_each(|parameter| parameter.bounds.push(syn::parse_quote!(#krate::State)));
    } else if generics.type_params().next().is_some() {
        let itself = syn::parse_quote!(
            Self: #krate::codec::Packable + ::core::clone::Clone + ::core::marker::Send + ::core::marker::Sync
        );
        generics.make_where_clause().predicates.push(itself);
    }
    let once = once::Once::of(name, &mut generics);
    let (parameters, arguments, conditions) = generics.split_for_impl();
    let Body { layout, schema, write, read, compare, .. } = body;
    let columns = columns(name, generics.type_params().next().is_none(), layout, said);
    let (schema, before_read, before_compare) = versioned(schema, said);
    let check = said.check.as_ref().map(|check| {
        quote_spanned! {Span::mixed_site()=>
            let rows = rows?;
            for row in &rows {
                (#check)(row).map_err(#krate::codec::ReadError::new)?;
            }
            let rows = ::core::result::Result::Ok(rows);
        }
    });
    let once::Parts { before, schema, schema_of } = once.with(&schema);
    let implementation = quote_spanned! {Span::mixed_site()=>
        #before

        #[automatically_derived]
        #[allow(unused_variables, unused_mut, unreachable_patterns, clippy::all, clippy::pedantic)]
        impl #parameters #krate::State for #name #arguments #conditions {
            const COLUMNS: &'static #krate::codec::Layout = #columns;
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
                let schema_of: fn() -> #krate::codec::Type = #schema_of;
                let rows: ::core::result::Result<::std::vec::Vec<Self>, #krate::codec::ReadError> = { #before_read #read };
                #check
                rows
            }
            fn compare(stored: &#krate::codec::Type, found: &mut #krate::codec::Differences) {
                let schema_of: fn() -> #krate::codec::Type = #schema_of;
                #before_compare
                #compare
            }
        }
    };
    quote_spanned!(Span::mixed_site()=> const _: () = { #implementation };)
}

/// The layout, with what a lock needs to know of the type. A type with parameters has no name there: it is several types.
fn columns(name: &Ident, named: bool, layout: &TokenStream, said: &Said) -> TokenStream {
    let krate = krate();
    let name = stored_name(name);
    let name = if named {
        quote_spanned!(Span::mixed_site()=> ::core::concat!(::core::module_path!(), "::", #name))
    } else {
        quote_spanned!(Span::mixed_site()=> "")
    };
    let version = said.version.as_ref().map_or(1, |(_, version)| *version);
    let before = match said.migrate.as_ref().filter(|_| version > 1) {
        Some((_, old)) => {
            let old = quote_spanned!(old.span()=> <#old as #krate::State>::COLUMNS);
            quote_spanned!(Span::mixed_site()=> ::core::option::Option::Some(#old))
        }
        None => quote_spanned!(Span::mixed_site()=> ::core::option::Option::None),
    };
    quote_spanned! {Span::mixed_site()=>
        &#krate::codec::Layout::Derived { name: #name, version: #version, before: #before, layout: &#layout }
    }
}

/// The schema with its version, and what happens first where another version may be stored.
fn versioned(schema: &TokenStream, said: &Said) -> (TokenStream, TokenStream, TokenStream) {
    let krate = krate();
    let version = said.version.as_ref().map_or(1, |(_, version)| *version);
    let Some((_, old)) = said.migrate.as_ref().filter(|_| version > 1) else {
        return (
            schema.clone(),
            quote_spanned! {Span::mixed_site()=>
                let ::core::option::Option::Some(stored) = #krate::codec::current(stored, 1)? else {
                    return ::core::result::Result::Err(#krate::codec::ReadError::unlike(stored, &schema_of()));
                };
            },
            quote_spanned! {Span::mixed_site()=>
                let ::core::option::Option::Some(stored) = found.version(stored, 1, ::core::option::Option::None) else {
                    return;
                };
            },
        );
    };
    let (read, compare, turn) = (
        quote_spanned!(old.span()=> <#old as #krate::State>::read),
        quote_spanned!(old.span()=> <#old as #krate::State>::compare),
        quote_spanned!(old.span()=> <Self as ::core::convert::From<#old>>::from),
    );
    (
        quote_spanned! {Span::mixed_site()=>
            #krate::codec::Type::Versioned(#version, ::std::boxed::Box::new(#schema))
        },
        quote_spanned! {Span::mixed_site()=>
            let ::core::option::Option::Some(stored) = #krate::codec::current(stored, #version)? else {
                return #krate::codec::migrated(stored, rows, input, #read, #turn);
            };
        },
        quote_spanned! {Span::mixed_site()=>
            let ::core::option::Option::Some(stored) =
                found.version(stored, #version, ::core::option::Option::Some(#compare))
            else {
                return;
            };
        },
    )
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
