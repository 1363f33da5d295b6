//! Windows as arguments: `tumbling(10s)`, `sliding(10s, every = 1s, clock = processing)`, `batch`.
//!
//! A window that is written in place becomes a call of the library's function of that name, with further
//! options as calls of its builder. Everything else, such as a variable, is left as it is.

mod check;
mod form;
mod kinds;

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::durations;
use crate::ir::{Arg, Clock, Window};
use crate::krate::crate_path;
use crate::near::{nearest, same};
use crate::parse::args;
use crate::tokens::{group, ident, is_punct};
use kinds::{BATCH, KINDS, Kind};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// Rewrites the argument if it is a window written in place.
pub fn rewrite(arg: &mut Arg, diags: &mut Diags) {
    let tokens: Vec<TokenTree> = arg.tokens.clone().into_iter().collect();
    let nothing = group(tokens.get(1), Delimiter::Parenthesis).is_none_or(|parens| parens.stream().is_empty());
    if let Some(name) = ident(tokens.first()).filter(|name| tokens.len() <= 2 && nothing && *name == BATCH) {
        let path = crate_path(name.span());
        arg.window = Some(Window {
            kind: name.clone(),
            clock: Clock::Processing,
            lateness: None,
            counts_late: false,
            form: None,
            function: None,
        });
        arg.tokens = quote_spanned!(name.span()=> #path::window::#name());
        return;
    }
    let call = ident(tokens.first()).zip(group(tokens.get(1), Delimiter::Parenthesis));
    let Some((name, parens)) = call.filter(|_| tokens.len() == 2) else {
        arg.tokens = durations::rewrite(std::mem::take(&mut arg.tokens), diags);
        return;
    };
    let mut given = args(parens.stream());
    let Some(kind) = KINDS.iter().find(|kind| name == kind.name) else {
        unknown(name, &given, diags);
        arg.tokens = durations::rewrite(std::mem::take(&mut arg.tokens), diags);
        return;
    };
    named_size(kind, &mut given);
    check::check(name, kind, &given, diags);
    let clock = if kind.untimed { Clock::Processing } else { check::clock(&given, diags) };
    let function =
        function(kind, &given).map(|(library, arg)| (library, durations::rewrite(arg.tokens.clone(), diags)));
    let lateness = given.iter().find(|arg| check::is_option(arg, "lateness")).and_then(|arg| arg.option.clone());
    let counts_late = check::counts_late(&given);
    let form = form::form(kind, clock, &given);
    arg.window = Some(Window { kind: name.clone(), clock, lateness, counts_late, form, function });
    arg.tokens = expand(name, kind, parens, given, diags);
}

/// A name that is no window. The user's own function is let through, unless its name or an option tells
/// that a window was meant.
fn unknown(name: &Ident, given: &[Arg], diags: &mut Diags) {
    let text = name.to_string();
    let elsewhere = KINDS.iter().find(|kind| kind.also_called.iter().any(|foreign| same(foreign, &text)));
    let near = nearest(&text, KINDS.iter().map(|kind| kind.name));
    let has_option = given.iter().any(|arg| arg.option.is_some());
    let diag = Diag::new(Code::UnknownWindow, name, format!("unknown window `{text}`"));
    let diag = match (elsewhere, near) {
        (Some(kind), _) => diag.help(format!("streamflow calls this `{}`", kind.example)),
        (None, Some(near)) => diag.help(format!("a window with a similar name exists: `{near}`")),
        (None, None) if has_option => diag
            .help("there are `tumbling`, `sliding`, `session`, `aligned`, `counts`, `batches`, `batch` and `windows`"),
        (None, None) => return,
    };
    diags.push(diag.note(format!("a function of your own is called by its path: `self::{text}(..)`")));
}

/// `gap = 15s` is the size by its name; only a function of the record is another kind of window.
fn named_size(kind: &Kind, given: &mut [Arg]) {
    let option = kind.by.as_ref().and_then(|by| by.option);
    let named = |arg: &&mut Arg| option.is_some_and(|option| check::is_option(arg, option));
    if let Some(arg) = given.iter_mut().find(named).filter(|arg| durations::literal(&arg.tokens).is_some()) {
        arg.option = None;
    }
}

/// The function of the record, if the window has one, and the library's function that takes it.
fn function<'a>(kind: &Kind, given: &'a [Arg]) -> Option<(&'static str, &'a Arg)> {
    let by = kind.by.as_ref()?;
    let arg = match by.option {
        Some(option) => given.iter().find(|arg| check::is_option(arg, option))?,
        None => given.iter().find(|arg| arg.option.is_none())?,
    };
    Some((by.library, arg))
}

/// `PATH::window::sliding(size, every).clock(PATH::window::processing)`
///
/// The path takes the span of the opening parenthesis: what rustc blames on the path then lies on this
/// window, and the name keeps its span for itself, so an editor jumps to one place.
fn expand(name: &Ident, kind: &Kind, parens: &Group, given: Vec<Arg>, diags: &mut Diags) -> TokenStream {
    let span = parens.span_open();
    let path = crate_path(span);
    let value = |arg: &Arg, diags: &mut Diags| durations::rewrite(arg.tokens.clone(), diags);
    let mut positional = TokenStream::new();
    let by = function(kind, &given);
    let is_function = |arg: &Arg| by.is_some_and(|(_, function)| std::ptr::eq(function, arg));
    for arg in given.iter().filter(|arg| arg.option.is_none() && !is_function(arg)) {
        let value = value(arg, diags);
        positional.extend(quote!(#value,));
    }
    for option in kind.required {
        if let Some(arg) = given.iter().find(|arg| check::is_option(arg, option)) {
            let value = value(arg, diags);
            positional.extend(quote!(#value));
        }
    }
    let mut call = Group::new(Delimiter::Parenthesis, positional);
    call.set_span(parens.span());
    let name = by.map_or_else(|| name.clone(), |(library, _)| Ident::new(library, name.span()));
    let mut tokens = quote_spanned!(span=> #path::window::#name #call);
    for arg in &given {
        // `late = count` is a word to the macro alone
        let Some(option) = arg.option.as_ref().filter(|option| *option != "late") else { continue };
        if !is_function(arg) && kind.options.iter().any(|known| option == known) {
            let value = match option.to_string().as_str() {
                "clock" | "origin" => {
                    let value = value(arg, diags);
                    quote_spanned!(span=> #path::window::#value)
                }
                "offset" => offset(arg, &path, diags),
                "emit" => emit(arg, &path, diags),
                "boundary" => boundary(arg, &path, diags),
                _ => value(arg, diags),
            };
            tokens.extend(quote_spanned!(span=> .#option(#value)));
        }
    }
    tokens
}

/// A minus before a duration is one before an offset: durations have no sign.
fn offset(arg: &Arg, path: &TokenStream, diags: &mut Diags) -> TokenStream {
    let mut tokens = arg.tokens.clone().into_iter().peekable();
    let minus = tokens.next_if(|token| is_punct(Some(token), '-'));
    let rest = durations::rewrite(tokens.collect(), diags);
    match minus {
        Some(minus) => quote!(#minus #path::window::Offset::from(#rest)),
        None => rest,
    }
}

/// `final` is a keyword of Rust, and the others are no names of the user's scope.
fn emit(arg: &Arg, path: &TokenStream, diags: &mut Diags) -> TokenStream {
    let tokens = durations::rewrite(arg.tokens.clone(), diags);
    let mut parts = tokens.clone().into_iter();
    let name = match parts.next() {
        Some(TokenTree::Ident(name)) if check::EMISSIONS.contains(&name.to_string().as_str()) => name,
        _ => return tokens,
    };
    let variant = match name.to_string().as_str() {
        "final" => "Final",
        "changes" => "Changes",
        _ => "Early",
    };
    let variant = Ident::new(variant, name.span());
    let rest: TokenStream = parts.collect();
    quote_spanned!(name.span()=> #path::window::Emit::#variant #rest)
}

fn boundary(arg: &Arg, path: &TokenStream, diags: &mut Diags) -> TokenStream {
    let tokens: Vec<TokenTree> = arg.tokens.clone().into_iter().collect();
    let variant = match tokens.as_slice() {
        [TokenTree::Ident(name)] if name == "open" => Ident::new("Open", name.span()),
        [TokenTree::Ident(name)] if name == "closed" => Ident::new("Closed", name.span()),
        _ => return durations::rewrite(arg.tokens.clone(), diags),
    };
    quote_spanned!(variant.span()=> #path::window::Boundary::#variant)
}
