//! What may be wrong with a window that is written in place.

use super::kinds::{Kind, Unit};
use crate::check::check_options;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::durations;
use crate::ir::{Arg, Clock};
use crate::near::nearest;
use crate::tokens::is_punct;
use proc_macro2::{Ident, TokenStream, TokenTree};

/// When windows are shown.
pub const EMISSIONS: &[&str] = &["final", "changes", "early"];

/// Counts the arguments and looks at sizes that are written as such.
pub fn check(name: &Ident, kind: &Kind, given: &[Arg], diags: &mut Diags) {
    let sizes: Vec<&Arg> = given.iter().filter(|arg| arg.option.is_none()).collect();
    let what = kind.size;
    let missing =
        |text: String| Diag::new(Code::MissingArgument, name, text).help(format!("write it as `{}`", kind.example));
    // `gap = ..` stands in place of the size
    let by = kind.by.as_ref().and_then(|by| option_of(given, by.option?));
    match sizes.as_slice() {
        [] if by.is_some() => {}
        [size] if by.is_some() => {
            let text = format!("`{name}` takes one {what}, found 2");
            diags.push(Diag::new(Code::SurplusArgument, &size.tokens, text).help("keep one of them"));
        }
        [] => diags.push(missing(format!("`{name}` needs a {what}"))),
        [size] if size.tokens.is_empty() => diags.push(missing(format!("`{name}` needs a {what}"))),
        [_] => {}
        [_, second, ..] => {
            let text = format!("`{name}` takes one {what}, found {}", sizes.len());
            let diag = Diag::new(Code::SurplusArgument, &second.tokens, text);
            let every = kind.required.iter().chain(kind.options).find(|option| **option == "every");
            diags.push(match every {
                Some(option) => diag.help(format!("name this argument: `{option} = {}`", second.tokens)),
                None => diag.help(format!("write it as `{}`", kind.example)),
            });
        }
    }
    let known: Vec<&str> = kind.required.iter().chain(kind.options).copied().collect();
    check_options(&format!("the window `{name}`"), given.iter(), &known, diags);
    let mut names = given.iter().filter_map(|arg| arg.option.as_ref());
    let misnamed = names.any(|name| !known.iter().any(|known| name == known));
    for option in kind.required {
        if option_of(given, option).is_none() && sizes.len() == 1 && !misnamed {
            diags.push(missing(format!("`{name}` needs `{option} = ..`")));
        }
    }
    let endless = if kind.name == "session" { "gap has no length" } else { "window has no length" };
    zero(sizes.first().copied(), kind, endless, diags);
    zero(option_of(given, "every"), kind, "window never moves on", diags);
    let size = sizes.first().and_then(|size| amount(&size.tokens, kind));
    skips(size, kind, given, diags);
    too_far(size, kind, given, diags);
    if let Some(arg) = option_of(given, "emit") {
        emission(arg, diags);
    }
    if let Some(arg) = option_of(given, "late") {
        late(arg, diags);
    }
    if let Some(arg) = option_of(given, "origin") {
        origin(arg, given, diags);
    }
    if let Some(arg) = option_of(given, "boundary") {
        boundary(arg, diags);
    }
}

/// Does the window say that late records are only counted, and that this is meant?
pub fn counts_late(given: &[Arg]) -> bool {
    option_of(given, "late").is_some()
}

fn late(arg: &Arg, diags: &mut Diags) {
    // an option without a value has been told
    if arg.tokens.is_empty() || arg.tokens.to_string() == "count" {
        return;
    }
    let diag = Diag::new(Code::UnknownChoice, &arg.tokens, "this does not say what becomes of late records");
    diags.push(diag.help("they are only counted, `late = count`, or read: `late(label) -> sink`"));
}

/// Windows that begin with a record: what else would say where they begin cannot stand there.
fn origin(arg: &Arg, given: &[Arg], diags: &mut Diags) {
    if !arg.tokens.is_empty() && arg.tokens.to_string() != "first" {
        let diag = Diag::new(Code::UnknownChoice, &arg.tokens, "this is no origin of windows");
        diags.push(diag.help("write `origin = first`, or an `offset`"));
    }
    let others = ["offset", "zone", "purge"];
    for other in others.iter().filter_map(|other| option_of(given, other)?.option.as_ref()) {
        let text = format!("`origin` and `{other}` cannot stand together");
        diags.push(Diag::new(Code::RepeatedOption, other, text).help("remove one of them"));
    }
}

fn boundary(arg: &Arg, diags: &mut Diags) {
    let words = ["open", "closed"];
    let tokens: Vec<TokenTree> = arg.tokens.clone().into_iter().collect();
    let [TokenTree::Ident(name)] = tokens.as_slice() else { return };
    if words.iter().any(|word| name == word) {
        return;
    }
    // other words may be the user's variables
    if let Some(near) = nearest(&name.to_string(), words.into_iter()) {
        let diag = Diag::new(Code::UnknownChoice, &arg.tokens, "this is no boundary of a session");
        diags.push(diag.help(format!("write `boundary = {near}`")));
    }
}

/// A slide above the size that is not said to be meant.
fn skips(size: Option<u64>, kind: &Kind, given: &[Arg], diags: &mut Diags) {
    let meant = option_of(given, "gaps").is_some_and(|arg| arg.tokens.to_string() != "false");
    let Some(step) = option_of(given, "every").filter(|_| !meant) else { return };
    if let (Some(size), Some(slide)) = (size, amount(&step.tokens, kind))
        && slide > size
        && size > 0
    {
        let text = "the window moves by more than its size, so records between two windows are lost";
        let diag = Diag::new(Code::SkippingWindow, &step.tokens, text);
        diags.push(diag.help("make `every` at most the size, or say that this is meant: `gaps = true`"));
    }
}

/// An offset of a whole slide or more.
fn too_far(size: Option<u64>, kind: &Kind, given: &[Arg], diags: &mut Diags) {
    let Some(arg) = option_of(given, "offset") else { return };
    let slide = match option_of(given, "every") {
        Some(step) => amount(&step.tokens, kind),
        None => size,
    };
    let mut tokens = arg.tokens.clone().into_iter().peekable();
    tokens.next_if(|token| is_punct(Some(token), '-'));
    if let (Some(offset), Some(slide)) = (durations::literal(&tokens.collect()), slide)
        && offset >= slide
        && slide > 0
    {
        let text = "the offset of a window must be shorter than its slide";
        let diag = Diag::new(Code::LongOffset, &arg.tokens, text);
        diags.push(diag.help("windows repeat with the slide: take whole slides off the offset"));
    }
}

/// A word that is nearly a moment of emission; others may be the user's variables.
fn emission(arg: &Arg, diags: &mut Diags) {
    let mut tokens = arg.tokens.clone().into_iter();
    let Some(TokenTree::Ident(name)) = tokens.next() else { return };
    let (text, rest) = (name.to_string(), tokens.next());
    let help = match (text.as_str(), rest.is_some(), nearest(&text, EMISSIONS.iter().copied())) {
        ("final" | "changes", false, _) | ("early", true, _) => return,
        ("early", false, _) | (_, _, Some("early")) => "say how often: `emit = early(1s)`".to_owned(),
        (_, _, Some(near)) => format!("write `emit = {near}`"),
        (_, _, None) => return,
    };
    let diag = Diag::new(Code::UnknownChoice, &arg.tokens, "this does not say when a window is shown");
    diags.push(diag.help(help));
}

fn zero(arg: Option<&Arg>, kind: &Kind, what: &str, diags: &mut Diags) {
    let Some(arg) = arg else { return };
    let example =
        if kind.unit == Unit::Time { "write a duration above zero: `10s`" } else { "write a number above zero" };
    let negative = is_punct(arg.tokens.clone().into_iter().next().as_ref(), '-');
    if negative || amount(&arg.tokens, kind) == Some(0) {
        diags.push(Diag::new(Code::ZeroWindow, &arg.tokens, format!("this {what}")).help(example));
    }
}

/// A size or a step, if it is written as a literal.
pub fn amount(tokens: &TokenStream, kind: &Kind) -> Option<u64> {
    match kind.unit {
        Unit::Time => durations::literal(tokens),
        Unit::Number => syn::parse2::<syn::LitInt>(tokens.clone()).ok()?.base10_parse().ok(),
    }
}

pub fn option_of<'a>(given: &'a [Arg], name: &str) -> Option<&'a Arg> {
    given.iter().find(|arg| is_option(arg, name))
}

pub fn is_option(arg: &Arg, name: &str) -> bool {
    arg.option.as_ref().is_some_and(|option| option == name)
}

/// Which clock is asked for.
pub fn clock(given: &[Arg], diags: &mut Diags) -> Clock {
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
