//! The `stream!` macro.
//!
//! ```text
//! tokens ─ split ─▶ pieces ─ parse ─▶ ir ─ check ─▶ ir ─ lower ─▶ tokens
//!                    └──────── all push into one Diags ────────┘
//! ```
//!
//! Everything behind the door works on `proc_macro2` and is tested without a compiler.

mod check;
mod code;
mod derive;
mod diag;
mod durations;
mod front;
mod ir;
mod krate;
mod lock;
mod lower;
mod near;
mod op;
mod parse;
mod rewrite;
mod slot;
mod split;
#[cfg(test)]
mod tests;
mod tokens;
mod window;

use proc_macro2::TokenStream;
use quote::quote;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Makes a job of a pipeline: `stream! { source -> map(|item| ..) -> sink }`.
#[proc_macro]
pub fn stream(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    // a panic would be reported as one of the user's macro, without a way to go on
    let expanded = catch_unwind(AssertUnwindSafe(|| expand(input.into())));
    expanded.unwrap_or_else(|panic| diag::bug(&*panic)).into()
}

/// Implements `streamflow::State` for a struct or enum whose fields are state.
#[proc_macro_derive(State, attributes(state))]
pub fn state(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::state(input.into()).into()
}

/// Implements `streamflow::Key` for a struct or enum: of a struct that borrows, the owned form is made as well.
#[proc_macro_derive(Key)]
pub fn key(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    derive::key(input.into()).into()
}

fn expand(input: TokenStream) -> TokenStream {
    match front::front(input) {
        Err(errors) => errors,
        Ok(front) => {
            let job = lower::lower(&front.pipeline, &front.holds);
            let warnings = front.warnings;
            if warnings.is_empty() { job } else { quote!({ #warnings #job }) }
        }
    }
}
