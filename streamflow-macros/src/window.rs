//! Windows as arguments: `tumbling(10s)`, `sliding(10s, every = 1s, clock = processing)`.
//!
//! A window that is written in place becomes a call of the library's function of that name, with further
//! options as calls of its builder. Everything else, such as a variable, is left as it is.

use crate::check::check_options;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::durations;
use crate::ir::{Arg, Clock, Window};
use crate::krate::crate_path;
use crate::near::{nearest, same};
use crate::parse::args;
use crate::tokens::{group, ident};
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{quote, quote_spanned};

/// A kind of window.
struct Kind {
    name: &'static str,
    also_called: &'static [&'static str],
    /// Options that follow the size as arguments, all required.
    required: &'static [&'static str],
    /// Options that become methods.
    options: &'static [&'static str],
    example: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        name: "tumbling",
        also_called: &["tumble", "fixed", "fixed_windows", "tumbling_window", "tumbling_windows"],
        required: &[],
        options: &["clock"],
        example: "tumbling(10s)",
    },
    Kind {
        name: "sliding",
        also_called: &["slide", "hop", "hopping", "sliding_window", "sliding_windows"],
        required: &["every"],
        options: &["clock"],
        example: "sliding(10s, every = 1s)",
    },
];

/// Windows of a later version.
const LATER: &[&str] = &["session", "batches", "global"];

/// Options of a later version.
const LATER_OPTIONS: &[&str] = &["lateness"];

/// Rewrites the argument if it is a window written in place.
pub fn rewrite(arg: &mut Arg, diags: &mut Diags) {
    let tokens: Vec<TokenTree> = arg.tokens.clone().into_iter().collect();
    let call = ident(tokens.first()).zip(group(tokens.get(1), Delimiter::Parenthesis));
    let Some((name, parens)) = call.filter(|_| tokens.len() == 2) else {
        arg.tokens = durations::rewrite(std::mem::take(&mut arg.tokens), diags);
        return;
    };
    let given = args(parens.stream());
    let Some(kind) = KINDS.iter().find(|kind| name == kind.name) else {
        unknown(name, &given, diags);
        arg.tokens = durations::rewrite(std::mem::take(&mut arg.tokens), diags);
        return;
    };
    check(name, kind, &given, diags);
    arg.window = Some(Window { kind: name.clone(), clock: clock(&given, diags) });
    arg.tokens = expand(name, kind, parens, given, diags);
}

/// A name that is no window. The user's own function is let through, unless its name or an option tells
/// that a window was meant.
fn unknown(name: &Ident, given: &[Arg], diags: &mut Diags) {
    let text = name.to_string();
    if LATER.contains(&text.as_str()) {
        let text = format!("the window `{text}` does not exist in this version of streamflow");
        diags.push(Diag::new(Code::NotYet, name, text).help("write `tumbling(..)` or `sliding(..)`"));
        return;
    }
    let elsewhere = KINDS.iter().find(|kind| kind.also_called.iter().any(|foreign| same(foreign, &text)));
    let near = nearest(&text, KINDS.iter().map(|kind| kind.name));
    let has_option = given.iter().any(|arg| arg.option.is_some());
    let diag = Diag::new(Code::UnknownWindow, name, format!("unknown window `{text}`"));
    let diag = match (elsewhere, near) {
        (Some(kind), _) => diag.help(format!("streamflow calls this `{}`", kind.example)),
        (None, Some(near)) => diag.help(format!("a window with a similar name exists: `{near}`")),
        (None, None) if has_option => diag.help("write `tumbling(10s)` or `sliding(10s, every = 1s)`"),
        (None, None) => return,
    };
    diags.push(diag.note(format!("a function of your own is called by its path: `self::{text}(..)`")));
}

/// Counts the arguments and looks at durations that are written as such.
fn check(name: &Ident, kind: &Kind, given: &[Arg], diags: &mut Diags) {
    let sizes: Vec<&Arg> = given.iter().filter(|arg| arg.option.is_none()).collect();
    let missing =
        |text: String| Diag::new(Code::MissingArgument, name, text).help(format!("write it as `{}`", kind.example));
    match sizes.as_slice() {
        [] => diags.push(missing(format!("`{name}` needs a size"))),
        [size] if size.tokens.is_empty() => diags.push(missing(format!("`{name}` needs a size"))),
        [_] => {}
        [_, second, ..] => {
            let text = format!("`{name}` takes one size, found {}", sizes.len());
            let diag = Diag::new(Code::SurplusArgument, &second.tokens, text);
            diags.push(match kind.required.first() {
                Some(option) => diag.help(format!("name this argument: `{option} = {}`", second.tokens)),
                None => diag.help(format!("write it as `{}`", kind.example)),
            });
        }
    }
    let known: Vec<&str> = kind.required.iter().chain(kind.options).copied().collect();
    let (later, given): (Vec<&Arg>, Vec<&Arg>) = given.iter().partition(|arg| is_later(arg));
    for option in later.iter().filter_map(|arg| arg.option.as_ref()) {
        let text = format!("the option `{option}` of windows does not exist in this version of streamflow");
        diags.push(Diag::new(Code::NotYet, option, text).help("remove it"));
    }
    check_options(&format!("the window `{name}`"), given.iter().copied(), &known, diags);
    let mut names = given.iter().filter_map(|arg| arg.option.as_ref());
    let misnamed = names.any(|name| !known.iter().any(|known| name == known));
    let size = sizes.first().and_then(|size| durations::literal(&size.tokens));
    zero(sizes.first().copied(), "window has no length", diags);
    for option in kind.required {
        let step = given.iter().copied().find(|arg| is_option(arg, option));
        if step.is_none() && sizes.len() == 1 && !misnamed {
            let text = format!("`{name}` needs `{option} = ..`");
            diags.push(missing(text));
        }
        zero(step, "window never moves on", diags);
        let slide = step.and_then(|step| durations::literal(&step.tokens));
        if let (Some(size), Some(slide), Some(step)) = (size, slide, step)
            && slide > size
            && size > 0
        {
            let text = "the window moves by more than its size, so records between two windows are lost";
            let diag = Diag::new(Code::SkippingWindow, &step.tokens, text);
            diags.push(diag.help(format!("make `{option}` at most the size")));
        }
    }
}

fn zero(arg: Option<&Arg>, what: &str, diags: &mut Diags) {
    if let Some(arg) = arg.filter(|arg| durations::literal(&arg.tokens) == Some(0)) {
        let diag = Diag::new(Code::ZeroWindow, &arg.tokens, format!("this {what}"));
        diags.push(diag.help("write a duration above zero: `10s`"));
    }
}

fn is_later(arg: &Arg) -> bool {
    LATER_OPTIONS.iter().any(|name| is_option(arg, name))
}

fn is_option(arg: &Arg, name: &str) -> bool {
    arg.option.as_ref().is_some_and(|option| option == name)
}

/// Which clock is asked for.
fn clock(given: &[Arg], diags: &mut Diags) -> Clock {
    let Some(arg) = given.iter().find(|arg| is_option(arg, "clock")) else {
        return Clock::Event;
    };
    match arg.tokens.to_string().as_str() {
        "processing" => Clock::Processing,
        "event" => Clock::Event,
        other => {
            if !other.is_empty() {
                let diag = Diag::new(Code::UnknownClock, &arg.tokens, "this is no clock of a window");
                diags.push(match nearest(other, ["processing", "event"].into_iter()) {
                    Some(near) => diag.help(format!("write `clock = {near}`")),
                    None => diag.help("write `clock = event` or `clock = processing`"),
                });
            }
            // silences the check for timestamps, since nobody knows what was meant
            Clock::Processing
        }
    }
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
    for arg in given.iter().filter(|arg| arg.option.is_none()) {
        let value = value(arg, diags);
        positional.extend(quote!(#value,));
    }
    for option in kind.required {
        if let Some(arg) = given.iter().find(|arg| is_option(arg, option)) {
            let value = value(arg, diags);
            positional.extend(quote!(#value));
        }
    }
    let mut call = Group::new(Delimiter::Parenthesis, positional);
    call.set_span(parens.span());
    let mut tokens = quote_spanned!(span=> #path::window::#name #call);
    for arg in &given {
        let Some(option) = &arg.option else { continue };
        if kind.options.iter().any(|known| option == known) {
            let mut value = value(arg, diags);
            if option == "clock" {
                value = quote_spanned!(span=> #path::window::#value);
            }
            tokens.extend(quote_spanned!(span=> .#option(#value)));
        }
    }
    tokens
}
