//! Types that contain themselves have no columns: each would hold all of them again.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Data, DeriveInput, Field, Fields};

/// Looks for the type's own name, or `Self`, in the types of its fields. Types that contain each other are not found.
pub fn check(input: &DeriveInput, diags: &mut Diags) {
    for field in all_fields(input) {
        if let Some(at) = itself(field.ty.to_token_stream(), &input.ident) {
            let message = format!("`{}` contains itself, so its columns would have no end", input.ident);
            let help =
                "store it whole: `#[derive(serde::Serialize, serde::Deserialize, State)]` with `#[state(serde)]`";
            return diags.push(Diag::new(Code::Underivable, at, message).help(help));
        }
    }
}

/// The fields of a struct, or of all variants.
pub fn all_fields(input: &DeriveInput) -> Vec<&Field> {
    let all: Vec<&Fields> = match &input.data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Union(_) => vec![],
    };
    all.into_iter().flatten().collect()
}

fn itself(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    let mut behind_path = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                if let Some(found) = itself(group.stream(), name) {
                    return Some(found);
                }
            }
            // a longer path leads elsewhere
            TokenTree::Ident(ident) if !behind_path && (ident == *name || ident == "Self") => return Some(ident),
            TokenTree::Punct(punct) => {
                behind_path = punct.as_char() == ':';
            }
            _ => behind_path = false,
        }
    }
    None
}
