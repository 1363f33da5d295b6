//! Floats in keys. They are found by their names: of a field that is no key rustc would say so at each step that needs one.

use super::krate;
use super::recursion::all_fields;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{DeriveInput, GenericArgument, PathArguments, Type};

/// Tells each field with a float. `Some`: an implementation that lets a pipeline with this key compile, so that the float is the only
/// error.
pub fn stub(input: &DeriveInput, diags: &mut Diags) -> Option<TokenStream> {
    for field in all_fields(input) {
        if let Some(float) = float(&field.ty) {
            let name = field.ident.as_ref().map_or_else(|| "value".to_owned(), ToString::to_string);
            let message = format!(
                "a key cannot hold `{float}`: equal floats may have other bits, and `NaN` is not equal to itself"
            );
            let help = format!("round it to an integer, or let the key hold its bits: `{name}.to_bits()`");
            diags.push(Diag::new(Code::Underivable, float, message).help(help));
        }
    }
    if diags.len() == 0 {
        return None;
    }
    let (krate, name) = (krate(), &input.ident);
    let (parameters, arguments, conditions) = input.generics.split_for_impl();
    Some(quote_spanned! {Span::mixed_site()=>
        #[automatically_derived]
        impl #parameters #krate::Key for #name #arguments #conditions {
            type Owned = ();
            type Probe = ();
            fn probe(self) {}
        }
    })
}

/// The first float that is itself a part of the type. A type of somebody else's that holds one may well be a key.
fn float(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match &last.arguments {
                PathArguments::None => Some(&last.ident).filter(|name| *name == "f32" || *name == "f64"),
                PathArguments::AngleBracketed(inside) if last.ident == "Option" => {
                    inside.args.iter().find_map(|argument| match argument {
                        GenericArgument::Type(ty) => float(ty),
                        _ => None,
                    })
                }
                _ => None,
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter().find_map(float),
        Type::Array(array) => float(&array.elem),
        Type::Slice(slice) => float(&slice.elem),
        Type::Reference(reference) => float(&reference.elem),
        Type::Paren(inside) => float(&inside.elem),
        Type::Group(inside) => float(&inside.elem),
        _ => None,
    }
}
