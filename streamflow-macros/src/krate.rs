//! Under which name the user's crate knows streamflow.

use proc_macro_crate::{FoundCrate, crate_name};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;

/// `::streamflow`, or the name that the user's manifest gives it; every token has the given span.
///
/// Not kept in a static: an editor's macro server expands for many crates in one process.
pub fn crate_path(span: Span) -> TokenStream {
    let name = match crate_name("streamflow") {
        Ok(FoundCrate::Name(name)) => name,
        // the library's own examples and tests, or a manifest that cannot be read
        Ok(FoundCrate::Itself) | Err(_) => "streamflow".to_owned(),
    };
    let name = Ident::new(&name, span);
    quote_spanned!(span=> ::#name)
}
