//! From the checked pipeline to Rust.

use crate::ir::Pipeline;
use proc_macro2::TokenStream;
use quote::quote;

/// The expansion of a pipeline without errors.
pub fn lower(_pipeline: &Pipeline) -> TokenStream {
    quote! {}
}
