//! What the macro has to say: codes, texts, and the place of each in the user's tokens.
//!
//! A text has a fixed form: one line that states the fact and ends with its code, `help:` lines that are
//! something to type, `note:` lines that give a reason. All findings are shown at once.

use crate::code::Code;
use crate::krate::crate_path;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

/// One finding.
pub struct Diag {
    pub code: Code,
    /// The tokens that must change; the first and the last give the underlined range.
    pub at: TokenStream,
    pub message: String,
    /// Lines with their `help: ` or `note: `.
    pub lines: Vec<String>,
}

impl Diag {
    pub fn new(code: Code, at: impl ToTokens, message: impl Into<String>) -> Self {
        Self { code, at: at.into_token_stream(), message: message.into(), lines: Vec::new() }
    }

    /// Adds something to type.
    pub fn help(mut self, text: impl AsRef<str>) -> Self {
        self.lines.push(format!("help: {}", text.as_ref()));
        self
    }

    /// Adds a reason.
    pub fn note(mut self, text: impl AsRef<str>) -> Self {
        self.lines.push(format!("note: {}", text.as_ref()));
        self
    }

    fn text(&self) -> String {
        let mut text = format!("{} [{}]", self.message, self.code);
        for line in &self.lines {
            text.push('\n');
            text.push_str(line);
        }
        text
    }

    fn error(&self) -> TokenStream {
        syn::Error::new_spanned(&self.at, self.text()).to_compile_error()
    }

    /// Stable Rust lets no macro warn; the use of a deprecated item does, with the note as the text. rustc
    /// prints the name of the item as well, so it should say something.
    fn warning(&self, name: &str) -> TokenStream {
        let span = self.at.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span());
        let name = Ident::new(name, span);
        let note = self.text();
        let inner = quote_spanned! {Span::mixed_site()=> #[deprecated(note = #note)] #[allow(dead_code)] };
        quote! {{
            #inner
            fn #name() {}
            let _ = #name;
        }}
    }
}

/// Collects findings. Whoever makes one must ask for the outcome: a dropped error would be a wrong
/// pipeline that compiles.
pub struct Diags {
    errors: Vec<Diag>,
    warnings: Vec<(&'static str, Diag)>,
    read: bool,
}

impl Diags {
    pub fn new() -> Self {
        Self { errors: Vec::new(), warnings: Vec::new(), read: false }
    }

    pub fn push(&mut self, diag: Diag) {
        self.errors.push(diag);
    }

    /// A warning and a name for it.
    pub fn warn(&mut self, name: &'static str, diag: Diag) {
        self.warnings.push((name, diag));
    }

    /// How many errors there are so far.
    pub fn len(&self) -> usize {
        self.errors.len()
    }

    /// Warnings as statements, or, if there is an error, the whole expansion with all errors.
    pub fn finish(mut self) -> Result<TokenStream, TokenStream> {
        self.read = true;
        if self.errors.is_empty() {
            return Ok(self.warnings.iter().map(|(name, diag)| diag.warning(name)).collect());
        }
        Err(failed(self.errors.iter().map(Diag::error).collect()))
    }

    /// All errors as items, in place of or beside an implementation.
    pub fn items(mut self) -> TokenStream {
        self.read = true;
        self.errors.iter().map(Diag::error).collect()
    }

    /// The findings as one line each: code, tokens, first line of the text.
    #[cfg(test)]
    pub fn lines(mut self) -> Vec<String> {
        self.read = true;
        let line =
            |mark: &'static str| move |diag: &Diag| format!("{}{} @ {}: {}", mark, diag.code, diag.at, diag.message);
        self.errors.iter().map(line("")).chain(self.warnings().map(line("warning "))).collect()
    }

    #[cfg(test)]
    fn warnings(&self) -> impl Iterator<Item = &Diag> {
        self.warnings.iter().map(|(_, diag)| diag)
    }

    /// The complete texts of the findings.
    #[cfg(test)]
    pub fn texts(mut self) -> Vec<String> {
        self.read = true;
        self.errors.iter().chain(self.warnings()).map(Diag::text).collect()
    }
}

impl Drop for Diags {
    fn drop(&mut self) {
        assert!(self.read || std::thread::panicking(), "diagnostics were dropped unread");
    }
}

/// The expansion of a pipeline with errors. It still has a job's type, so that what is done with the job
/// causes no second error.
fn failed(errors: TokenStream) -> TokenStream {
    let path = crate_path(Span::call_site());
    quote! {{
        #errors
        #path::__private::never_job()
    }}
}

/// The expansion after a panic inside the macro.
pub fn bug(panic: &(dyn std::any::Any + Send)) -> TokenStream {
    let what = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned());
    let diag = Diag::new(Code::Bug, TokenStream::new(), "the macro failed; this is a bug in streamflow")
        .note(format!("it said: {what}"))
        .help("please report it together with this pipeline");
    failed(diag.error())
}
