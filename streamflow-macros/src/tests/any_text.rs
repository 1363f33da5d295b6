//! Any text as the input of the macro; libFuzzer calls this as well (`fuzz/targets/stream_macro.rs`).

use crate::front::front;
use crate::lower::lower;
use proc_macro2::TokenStream;

/// Groups, which may stand within each other: `syn` goes as deep as they do, and so does rustc before it calls the macro.
const MOST_GROUPS: usize = 40;

/// Expands the macro. `None`: the text is not even tokens. `Some(false)`: it is refused, by an expansion that is an expression.
pub fn answered(text: &str) -> Option<bool> {
    let groups = text.chars().filter(|c| matches!(c, '(' | '[' | '{')).count();
    if groups > MOST_GROUPS {
        return None;
    }
    let stream: TokenStream = text.parse().ok()?;
    match front(stream) {
        Err(expansion) => {
            let text = expansion.to_string();
            assert!(text.contains("compile_error"), "an expansion without an error: {text}");
            assert!(syn::parse2::<syn::Expr>(expansion).is_ok(), "no expression: {text}");
            Some(false)
        }
        Ok(front) => {
            let expansion = lower(&front.pipeline, &front.holds).to_string();
            assert!(!expansion.contains("SF0001"), "{expansion}");
            Some(true)
        }
    }
}
