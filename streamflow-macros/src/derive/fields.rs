//! The fields of a struct or of a variant.

use super::attributes::{On, Said};
use super::taken::old_names;
use super::{Body, krate, names, stored_name};
use crate::diag::Diags;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::spanned::Spanned;
use syn::{DataStruct, Index, Type};

/// A field, by its stored name.
pub struct Field {
    /// As it is written in patterns and constructors: a name or a number.
    pub member: TokenStream,
    pub name: String,
    pub ty: Type,
    /// Where it is written: its name, or its type.
    pub place: Span,
    /// A local variable.
    pub local: Ident,
    pub said: Said,
}

/// All fields of a struct or a variant.
pub struct Fields {
    pub named: bool,
    pub fields: Vec<Field>,
}

impl Fields {
    pub fn new(fields: &syn::Fields, diags: &mut Diags) -> Self {
        let named = !matches!(fields, syn::Fields::Unnamed(_));
        let mut field = |(place, field): (usize, &syn::Field)| {
            let on = if named { On::Field } else { On::Place };
            let index = Index { index: place as u32, span: field.ty.span() };
            let (member, name) = match &field.ident {
                Some(name) => (name.to_token_stream(), stored_name(name)),
                None => (index.to_token_stream(), place.to_string()),
            };
            let local = format_ident!("field_{place}", span = Span::mixed_site());
            let place = field.ident.as_ref().map_or_else(|| field.ty.span(), Ident::span);
            Field { member, name, ty: field.ty.clone(), place, local, said: Said::new(&field.attrs, on, diags) }
        };
        let fields: Vec<Field> = fields.iter().enumerate().map(&mut field).collect();
        Fields { named, fields }
    }

    /// Their names, and what their attributes say.
    pub fn said(&self) -> impl Iterator<Item = (&str, &Said)> + Clone {
        self.fields.iter().map(|field| (field.name.as_str(), &field.said))
    }

    /// An expression of their `Type`.
    pub fn schema(&self) -> TokenStream {
        let krate = krate();
        let of = |field: &Field| call(field, "schema");
        if self.fields.is_empty() {
            return quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Unit);
        }
        if !self.named {
            let types = self.fields.iter().map(&of);
            return quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Tuple(::std::vec![#(#types()),*]));
        }
        let fields = self.fields.iter().map(|field| {
            let (name, schema) = (&field.name, of(field));
            quote_spanned!(Span::mixed_site()=> (::core::convert::From::from(#name), #schema()))
        });
        quote_spanned!(Span::mixed_site()=> #krate::codec::Type::Struct(::std::vec![#(#fields),*]))
    }

    /// An array of them as constants.
    pub fn layouts(&self) -> TokenStream {
        let krate = krate();
        let fields = self.fields.iter().map(|field| {
            let (name, layout) = (&field.name, call(field, "COLUMNS"));
            let (renamed, optional) = (names(&field.said.renamed), field.said.default.is_some());
            quote_spanned! {Span::mixed_site()=>
                #krate::codec::FieldLayout { name: #name, renamed: #renamed, optional: #optional, layout: #layout }
            }
        });
        quote_spanned!(Span::mixed_site()=> &[#(#fields),*])
    }

    /// Statements that write the columns of `rows`; `part` says how a field is taken from a row.
    pub fn write(&self, rows: &TokenStream, part: impl Fn(usize, &Field) -> TokenStream) -> TokenStream {
        let krate = krate();
        let columns = self.fields.iter().enumerate().map(|(place, field)| {
            let (write, part) = (call(field, "write"), part(place, field));
            quote_spanned! {Span::mixed_site()=>
                out.column(|out| #write(&#krate::codec::gather(#rows, |row| #part), out));
            }
        });
        columns.collect()
    }

    /// An expression of the rows that `columns` make, each by the constructor of this path.
    pub fn read(&self, constructor: &TokenStream) -> TokenStream {
        let columns = self.fields.iter().map(|field| {
            let (read, local, name) = (call(field, "read"), &field.local, &field.name);
            let renamed = names(&field.said.renamed);
            let default = match &field.said.default {
                None => {
                    return quote_spanned!(Span::mixed_site()=> let #local = columns.field(#name, #renamed, #read)?;);
                }
                Some(Some(default)) => quote_spanned!(default.span()=> || #default),
                Some(None) => {
                    let ty = &field.ty;
                    quote_spanned!(ty.span()=> || <#ty as ::core::default::Default>::default())
                }
            };
            quote_spanned!(Span::mixed_site()=> let #local = columns.field_or(#name, #renamed, #read, #default)?;)
        });
        let locals: Vec<&Ident> = self.fields.iter().map(|field| &field.local).collect();
        let (zipped, pattern) = match locals.split_last() {
            None => (quote_spanned!(Span::mixed_site()=> columns.units()), quote_spanned!(Span::mixed_site()=> ())),
            Some((last, before)) => {
                let start = (last.to_token_stream(), last.to_token_stream());
                before.iter().rev().fold(start, |(zipped, pattern), local| {
                    (
                        quote_spanned!(Span::mixed_site()=> ::core::iter::zip(#local, #zipped)),
                        quote_spanned!(Span::mixed_site()=> (#local, #pattern)),
                    )
                })
            }
        };
        let members = self.fields.iter().map(|field| {
            let (member, local) = (&field.member, &field.local);
            quote_spanned!(Span::mixed_site()=> #member: #local)
        });
        quote_spanned! {Span::mixed_site()=> {
            #(#columns)*
            columns.rows(#zipped, |#pattern| #constructor { #(#members),* })
        }}
    }

    /// An array of the fields as they are compared with the stored ones.
    pub fn compared(&self) -> TokenStream {
        let krate = krate();
        let fields = self.fields.iter().map(|field| {
            let (name, compare) = (&field.name, call(field, "compare"));
            let (renamed, optional) = (names(&field.said.renamed), field.said.default.is_some());
            quote_spanned! {Span::mixed_site()=>
                #krate::codec::Field { name: #name, renamed: #renamed, optional: #optional, compare: #compare }
            }
        });
        quote_spanned!(Span::mixed_site()=> [#(#fields),*])
    }
}

/// A function of `State` for the type of a field. The same words at the same place are one error for rustc, however often they
/// are wrong.
fn call(field: &Field, function: &str) -> TokenStream {
    let (ty, krate) = (&field.ty, krate());
    let function = Ident::new(function, Span::mixed_site());
    quote_spanned!(ty.span()=> <#ty as #krate::State>::#function)
}

pub fn of_struct(data: &DataStruct, said: &Said, diags: &mut Diags) -> Body {
    let fields = Fields::new(&data.fields, diags);
    old_names("field", fields.said(), &said.removed, diags);
    let removed = names(&said.removed);
    let (krate, named, compared) = (krate(), fields.named, fields.compared());
    let read = fields.read(&quote_spanned!(Span::mixed_site()=> Self));
    let layouts = fields.layouts();
    Body {
        members: fields.fields.iter().map(|field| (field.name.clone(), field.place)).collect(),
        layout: quote_spanned!(Span::mixed_site()=> #krate::codec::Layout::Fields { named: #named, fields: #layouts }),
        schema: fields.schema(),
        write: fields.write(&quote_spanned!(Span::mixed_site()=> rows), |_, field| {
            let member = &field.member;
            quote_spanned!(Span::mixed_site()=> &row.#member)
        }),
        read: quote_spanned! {Span::mixed_site()=>
            let mut columns =
                #krate::codec::Columns::new(stored, #named, schema_of, rows, input)?;
            #read
        },
        compare: quote_spanned! {Span::mixed_site()=>
            found.fields(stored, &schema_of(), #named, &#compared, #removed);
        },
    }
}
