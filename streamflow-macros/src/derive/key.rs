//! `#[derive(Key)]`: a struct that borrows, and its owned form; or a type that owns all it has.

use super::attributes::Said;
use super::fields::{self, Fields};
use super::{float, implement, krate};
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::krate::crate_path;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Lifetime, Type};

/// The implementations of `Key`, `Probe` and `StoredKey`; for a struct that borrows, its owned form as well.
pub fn key(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diags = Diags::new();
    let borrows = input.generics.lifetimes().next().is_some();
    if let Some(stub) = float::stub(&input, &mut diags) {
        let errors = diags.items();
        return quote!(#errors #stub);
    }
    if let Some(parameter) = input.generics.type_params().next() {
        let message = "a key with a type parameter cannot be derived";
        diags.push(Diag::new(Code::Underivable, parameter, message).help("write the type itself"));
        return diags.items();
    }
    match &input.data {
        Data::Struct(data) if borrows => {
            let pair = borrowed(&input, data, &mut diags);
            let errors = diags.items();
            quote!(#errors #pair)
        }
        Data::Union(data) => {
            let message = "a union cannot be a key: nothing tells which of its fields holds";
            diags.push(Diag::new(Code::Underivable, data.union_token, message).help("write an `enum`"));
            diags.items()
        }
        Data::Enum(_) if borrows => {
            let message = "an enum that borrows cannot be a key";
            let diag = Diag::new(Code::Underivable, &input.ident, message);
            diags.push(diag.help("let it own what it holds, or write a struct with `Option` fields"));
            diags.items()
        }
        _ => {
            let errors = diags.items();
            let owned = owned(&input);
            quote!(#errors #owned)
        }
    }
}

/// The same tokens with every lifetime replaced.
fn with_lifetime(tokens: TokenStream, lifetime: &Lifetime) -> TokenStream {
    let mut replaced = TokenStream::new();
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                tokens.next();
                lifetime.to_tokens(&mut replaced);
            }
            TokenTree::Group(group) => {
                let inside = with_lifetime(group.stream(), lifetime);
                let mut group = proc_macro2::Group::new(group.delimiter(), inside);
                group.set_span(Span::call_site());
                group.to_tokens(&mut replaced);
            }
            other => other.to_tokens(&mut replaced),
        }
    }
    replaced
}

fn borrowed(input: &DeriveInput, data: &syn::DataStruct, diags: &mut Diags) -> TokenStream {
    let (krate, name, vis) = (krate(), &input.ident, &input.vis);
    let own = format_ident!("Owned{name}");
    let fixed = Lifetime::new("'static", Span::mixed_site());
    let part = |ty: &Type, lifetime: Option<&Lifetime>, what: &str| {
        let tokens = match lifetime {
            Some(lifetime) => with_lifetime(ty.to_token_stream(), lifetime),
            None => ty.to_token_stream(),
        };
        let what = Ident::new(what, Span::mixed_site());
        quote_spanned!(ty.span()=> <#tokens as #krate::Key>::#what)
    };

    // the owned form, with the same fields
    let mut owned_fields = data.fields.clone();
    for field in &mut owned_fields {
        field.attrs.clear();
        field.ty = Type::Verbatim(part(&field.ty, Some(&fixed), "Owned"));
    }
    let tail = match &owned_fields {
        syn::Fields::Named(_) => quote!(#owned_fields),
        _ => quote!(#owned_fields;),
    };
    let doc = format!("[`{name}`] as state keeps it.");
    let body = fields::of_struct(&syn::DataStruct { fields: owned_fields, ..data.clone() }, &Said::default(), diags);
    let state = implement(&own, &syn::Generics::default(), &body, &Said::default());

    let fields = Fields::new(&data.fields, diags);
    let members: Vec<&TokenStream> = fields.fields.iter().map(|field| &field.member).collect();
    let probes = fields.fields.iter().map(|field| part(&field.ty, None, "Probe"));
    let locals: Vec<&Ident> = fields.fields.iter().map(|field| &field.local).collect();
    let lifetimes = &input.generics;
    let (parameters, arguments, conditions) = lifetimes.split_for_impl();
    let view = Lifetime::new("'streamflow_view", Span::mixed_site());
    let viewed = with_lifetime(arguments.to_token_stream(), &view);
    quote_spanned! {Span::mixed_site()=>
        #[doc = #doc]
        #[derive(::core::clone::Clone, ::core::cmp::PartialEq, ::core::cmp::Eq, ::core::hash::Hash)]
        #vis struct #own #tail

        #state

        const _: () = {
            /// What the exchange carries of the key.
            #vis struct Probed #parameters { #(#locals: #probes),* }

            #[automatically_derived]
            impl #parameters #krate::Key for #name #arguments #conditions {
                type Owned = #own;
                type Probe = Probed #arguments;
                #[inline(always)]
                fn probe(self) -> Self::Probe {
                    Probed { #(#locals: #krate::Key::probe(self.#members)),* }
                }
            }

            #[automatically_derived]
            impl #parameters #krate::Probe for Probed #arguments #conditions {
                type Owned = #own;
                #[inline(always)]
                fn hash(&self, seed: ::core::primitive::u64) -> ::core::primitive::u64 {
                    let Probed { #(#locals),* } = self;
                    let hash = seed;
                    #(let hash = #krate::codec::join_hashes(hash, #krate::Probe::hash(#locals, seed));)*
                    hash
                }
                #[inline(always)]
                fn same(&self, stored: &#own) -> ::core::primitive::bool {
                    true #(&& #krate::Probe::same(&self.#locals, &stored.#members))*
                }
                #[inline(always)]
                fn equal(&self, other: &Self) -> ::core::primitive::bool {
                    true #(&& #krate::Probe::equal(&self.#locals, &other.#locals))*
                }
                fn own(&self) -> #own {
                    #own { #(#members: #krate::Probe::own(&self.#locals)),* }
                }
            }

            #[automatically_derived]
            impl #krate::StoredKey for #own {
                type Ref<#view> = #name #viewed;
                fn view(&self) -> Self::Ref<'_> {
                    #name { #(#members: #krate::StoredKey::view(&self.#members)),* }
                }
                #[inline(always)]
                fn hash(&self, seed: ::core::primitive::u64) -> ::core::primitive::u64 {
                    let hash = seed;
                    #(let hash = #krate::codec::join_hashes(hash, #krate::StoredKey::hash(&self.#members, seed));)*
                    hash
                }
            }
        };
    }
}

/// A type that is stored as it is; rows show a reference to it, which is a key as well.
fn owned(input: &DeriveInput) -> TokenStream {
    let (krate, name) = (krate(), &input.ident);
    // rustc says at the name that the type is no state; without the condition it would say so at each part of each implementation
    let place = Span::mixed_site().located_at(name.span());
    let path = crate_path(place);
    let named = quote_spanned!(place=> impl #path::codec::Named for #name {});
    let condition = quote_spanned!(place=> where #name: #path::codec::Named);
    let probe = |lifetime: TokenStream, ty: TokenStream, value: TokenStream, own: TokenStream| {
        quote_spanned! {Span::mixed_site()=>
            #[automatically_derived]
            #[allow(trivial_bounds)]
            impl #lifetime #krate::Key for #ty #condition {
                type Owned = #name;
                type Probe = #ty;
                #[inline(always)]
                fn probe(self) -> Self {
                    self
                }
            }

            #[automatically_derived]
            #[allow(trivial_bounds)]
            impl #lifetime #krate::Probe for #ty #condition {
                type Owned = #name;
                #[inline(always)]
                fn hash(&self, seed: ::core::primitive::u64) -> ::core::primitive::u64 {
                    #krate::codec::hash_of::<#name>(self, seed)
                }
                #[inline(always)]
                fn same(&self, stored: &#name) -> ::core::primitive::bool {
                    *#value == *stored
                }
                #[inline(always)]
                fn equal(&self, other: &Self) -> ::core::primitive::bool {
                    *self == *other
                }
                fn own(&self) -> #name {
                    ::core::clone::Clone::clone(#own)
                }
            }
        }
    };
    // the `self` of the functions above, which have this span
    let itself = || quote_spanned!(Span::mixed_site()=> self);
    let by_value = probe(quote!(), quote!(#name), itself(), itself());
    let lifetime = Lifetime::new("'streamflow_key", Span::mixed_site());
    let behind = || quote_spanned!(Span::mixed_site()=> *self);
    let by_reference = probe(quote!(<#lifetime>), quote!(&#lifetime #name), behind(), behind());
    quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        #named
        #by_value
        #by_reference

        #[automatically_derived]
        #[allow(trivial_bounds)]
        impl #krate::StoredKey for #name #condition {
            type Ref<#lifetime> = &#lifetime Self;
            fn view(&self) -> &Self {
                self
            }
            #[inline(always)]
            fn hash(&self, seed: ::core::primitive::u64) -> ::core::primitive::u64 {
                #krate::codec::hash_of::<#name>(self, seed)
            }
        }
    }
}
