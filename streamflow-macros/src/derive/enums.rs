//! The variants of an enum.

use super::attributes::{On, Said};
use super::fields::Fields;
use super::taken::old_names;
use super::{Body, krate, names, stored_name};
use crate::diag::Diags;
use proc_macro2::{Literal, Span, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::{DataEnum, Ident};

struct Variant {
    ident: Ident,
    name: String,
    fields: Fields,
    /// A local variable.
    local: Ident,
    said: Said,
}

pub fn of_enum(data: &DataEnum, said: &Said, diags: &mut Diags) -> Body {
    let mut variant = |(place, variant): (usize, &syn::Variant)| Variant {
        ident: variant.ident.clone(),
        name: stored_name(&variant.ident),
        fields: Fields::new(&variant.fields, diags),
        local: format_ident!("variant_{place}", span = Span::mixed_site()),
        said: Said::new(&variant.attrs, On::Variant, diags),
    };
    let variants: Vec<Variant> = data.variants.iter().enumerate().map(&mut variant).collect();
    old_names("variant", variants.iter().map(|variant| (variant.name.as_str(), &variant.said)), &said.removed, diags);
    for variant in &variants {
        old_names("field", variant.fields.said(), &[], diags);
    }
    Body {
        members: variants.iter().map(|variant| (variant.name.clone(), variant.ident.span())).collect(),
        layout: layout(&variants, said),
        schema: schema(&variants),
        write: write(&variants),
        read: read(&variants),
        compare: compare(&variants, said),
    }
}

fn layout(variants: &[Variant], said: &Said) -> TokenStream {
    let krate = krate();
    let each = variants.iter().map(|Variant { name, fields, said, .. }| {
        let (named, layouts, renamed) = (fields.named, fields.layouts(), names(&said.renamed));
        quote_spanned! {Span::mixed_site()=>
            #krate::codec::VariantLayout { name: #name, renamed: #renamed, named: #named, fields: #layouts }
        }
    });
    let removed = names(&said.removed);
    quote_spanned! {Span::mixed_site()=>
        #krate::codec::Layout::Variants { variants: &[#(#each),*], removed: #removed }
    }
}

fn schema(variants: &[Variant]) -> TokenStream {
    let krate = krate();
    let each = variants.iter().map(|Variant { name, fields, .. }| {
        let schema = fields.schema();
        quote_spanned!(Span::mixed_site()=> (::core::convert::From::from(#name), #schema))
    });
    quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Enum(::std::vec![#(#each),*]))
}

fn write(variants: &[Variant]) -> TokenStream {
    let krate = krate();
    let count = Literal::usize_unsuffixed(variants.len());
    let numbers = variants.iter().enumerate().map(|(number, Variant { ident, .. })| {
        let number = Literal::usize_unsuffixed(number);
        quote_spanned!(Span::mixed_site()=> Self::#ident { .. } => #number)
    });
    let columns = variants.iter().filter(|variant| !variant.fields.fields.is_empty()).map(|variant| {
        let (ident, fields) = (&variant.ident, &variant.fields.fields);
        let (members, locals) = (fields.iter().map(|field| &field.member), fields.iter().map(|field| &field.local));
        let all = fields.iter().map(|field| &field.local);
        let write = variant.fields.write(&quote_spanned!(Span::mixed_site()=> &picked), |place, _| {
            let place = Literal::usize_unsuffixed(place);
            quote_spanned!(Span::mixed_site()=> row.#place)
        });
        quote_spanned! {Span::mixed_site()=>
            let picked = #krate::codec::pick(rows, |row| match row {
                Self::#ident { #(#members: #locals),* } => ::core::option::Option::Some((#(#all,)*)),
                _ => ::core::option::Option::None,
            });
            if !picked.is_empty() {
                out.column(|out| { #write });
            }
        }
    });
    quote_spanned! {Span::mixed_site()=>
        out.variants(#count, rows, |row| match row { #(#numbers),* });
        #(#columns)*
    }
}

fn read(variants: &[Variant]) -> TokenStream {
    let krate = krate();
    let names = variants.iter().map(|Variant { name, said, .. }| {
        let renamed = names(&said.renamed);
        quote_spanned!(Span::mixed_site()=> (#name, #renamed))
    });
    let with_fields = || variants.iter().enumerate().filter(|(_, variant)| !variant.fields.fields.is_empty());
    let rows = with_fields().map(|(number, Variant { ident, fields, local, name, .. })| {
        let (named, read) = (fields.named, fields.read(&quote_spanned!(Span::mixed_site()=> Self::#ident)));
        quote_spanned! {Span::mixed_site()=>
            let mut columns = variants.columns(#number, #named, schema_of)?;
            let rows: ::core::result::Result<::std::vec::Vec<Self>, #krate::codec::ReadError> = #read;
            let mut #local = ::core::iter::IntoIterator::into_iter(rows.map_err(|error| error.within(#name))?);
        }
    });
    let arms = variants.iter().enumerate().map(|(number, Variant { ident, fields, local, .. })| {
        let number = Literal::usize_unsuffixed(number);
        if fields.fields.is_empty() {
            return quote_spanned!(Span::mixed_site()=> #number => ::core::option::Option::Some(Self::#ident {}));
        }
        quote_spanned!(Span::mixed_site()=> #number => ::core::iter::Iterator::next(&mut #local))
    });
    quote_spanned! {Span::mixed_site()=>
        let mut variants = #krate::codec::Variants::new(
            stored,
            schema_of,
            &[#(#names),*],
            rows,
            input,
        )?;
        #(#rows)*
        variants.rows(|variant| match variant {
            #(#arms,)*
            _ => ::core::option::Option::None,
        })
    }
}

fn compare(variants: &[Variant], said: &Said) -> TokenStream {
    let krate = krate();
    let each = variants.iter().map(|Variant { name, fields, said, .. }| {
        let (named, compared, renamed) = (fields.named, fields.compared(), names(&said.renamed));
        quote_spanned! {Span::mixed_site()=>
            #krate::codec::Variant { name: #name, renamed: #renamed, named: #named, fields: &#compared }
        }
    });
    let removed = names(&said.removed);
    quote_spanned! {Span::mixed_site()=>
        found.variants(stored, &schema_of(), &[#(#each),*], #removed);
    }
}
