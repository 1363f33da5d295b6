//! A type that is not `Clone` is told so once, at its name. `State` has `Clone` as a supertrait, so every call of a function of the
//! trait for the type itself would be an error of its own.

use super::krate;
use crate::krate::crate_path;
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::Generics;

/// How the implementation gets at its own schema.
pub enum Once<'n> {
    /// A function beside the implementation, which is no function of the trait.
    Function(&'n Ident),
    /// A function cannot have the parameters of the type. An implementation that has no condition asks for the supertraits, and all
    /// others have it as their condition.
    Condition(TokenStream),
}

/// What stands before the implementation, its schema, and the path of that.
pub struct Parts {
    pub before: TokenStream,
    pub schema: TokenStream,
    pub schema_of: TokenStream,
}

impl<'n> Once<'n> {
    pub fn of(name: &'n Ident, generics: &mut Generics) -> Self {
        if generics.params.is_empty() && generics.where_clause.is_none() {
            return Once::Function(name);
        }
        let place = Span::mixed_site().located_at(name.span());
        let krate = crate_path(place);
        let (parameters, arguments, conditions) = generics.split_for_impl();
        let shared = quote_spanned! {place=>
            #[automatically_derived]
            impl #parameters #krate::codec::Shared for #name #arguments #conditions {}
        };
        let condition = syn::parse_quote_spanned!(place=> #name #arguments: #krate::codec::Shared);
        generics.make_where_clause().predicates.push(condition);
        Once::Condition(shared)
    }

    pub fn with(self, schema: &TokenStream) -> Parts {
        let krate = krate();
        match self {
            Once::Function(name) => Parts {
                before: quote_spanned! {Span::mixed_site()=>
                    fn streamflow_schema() -> #krate::codec::Type {
                        #krate::codec::nested::<#name>(|| #schema)
                    }
                },
                schema: quote_spanned!(Span::mixed_site()=> streamflow_schema()),
                schema_of: quote_spanned!(Span::mixed_site()=> streamflow_schema),
            },
            Once::Condition(shared) => Parts {
                before: shared,
                schema: quote_spanned!(Span::mixed_site()=> #krate::codec::nested::<Self>(|| #schema)),
                schema_of: quote_spanned!(Span::mixed_site()=> <Self as #krate::State>::schema),
            },
        }
    }
}
