//! `#![name = ".."]`, `#![batch(every = 1s, bytes = 1_000_000)]`, `#![threads = 4]`, `#![delivery(exactly_once)]`,
//! `#![checkpoint("state")]`.

use super::args;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::durations::rewrite;
use crate::ir::{Attrs, Delivery};
use crate::near::nearest;
use crate::split::RawAttr;
use crate::tokens::{group, ident, is_punct, stream};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

const KNOWN: &[&str] = &["name", "batch", "threads", "panics", "watermark", "delivery", "checkpoint"];
const PANICS: &[&str] = &["fail", "skip"];
const WATERMARK: &[&str] = &["min", "max"];
const BATCH: &[&str] = &["every", "bytes"];

/// Reads all attributes.
pub fn attrs(raw: Vec<RawAttr>, diags: &mut Diags) -> Attrs {
    let mut attrs = Attrs::default();
    for attr in raw {
        let Some(name) = ident(attr.tokens.first()) else {
            let diag = Diag::new(Code::BadAttribute, &attr.group, "expected the name of an attribute");
            diags.push(diag.help("write it as `#![name = \"orders\"]`"));
            continue;
        };
        let rest = &attr.tokens[1..];
        match name.to_string().as_str() {
            "name" => assign(&mut attrs.name, name, rest, "#![name = \"orders\"]", diags),
            "threads" => assign(&mut attrs.threads, name, rest, "#![threads = 4]", diags),
            "panics" => word(&mut attrs.panics, name, rest, ("#![panics = skip]", PANICS), diags),
            "watermark" => word(&mut attrs.watermark, name, rest, ("#![watermark = max]", WATERMARK), diags),
            "batch" => batch(&mut attrs, name, rest, diags),
            "delivery" => delivery(&mut attrs, name, rest, diags),
            "checkpoint" => checkpoint(&mut attrs, name, rest, diags),
            other => unknown(name, other, diags),
        }
    }
    attrs
}

/// `name = value`
fn assign(slot: &mut Option<TokenStream>, name: &Ident, rest: &[TokenTree], example: &str, diags: &mut Diags) {
    if !is_punct(rest.first(), '=') || rest.len() < 2 {
        report_form(name, example, diags);
        return;
    }
    let value = rewrite(stream(&rest[1..]), diags);
    set(slot, name, value, diags);
}

/// `panics = skip`, `watermark = max`: one of some words.
fn word(
    slot: &mut Option<TokenStream>,
    name: &Ident,
    rest: &[TokenTree],
    (example, words): (&str, &[&str]),
    diags: &mut Diags,
) {
    assign(slot, name, rest, example, diags);
    let Some(word) = slot.as_ref() else { return };
    let text = word.to_string();
    if !words.contains(&text.as_str()) {
        let diag = Diag::new(Code::BadAttribute, word, format!("`{name}` cannot be `{text}`"));
        diags.push(similar(diag, &text, words));
    }
}

/// `delivery(word)`
fn delivery(attrs: &mut Attrs, name: &Ident, rest: &[TokenTree], diags: &mut Diags) {
    let inside: Option<Vec<TokenTree>> =
        group(rest.first(), Delimiter::Parenthesis).map(|parens| parens.stream().into_iter().collect());
    let Some(word) =
        inside.as_ref().filter(|inside| inside.len() == 1 && rest.len() == 1).and_then(|i| ident(i.first()))
    else {
        report_form(name, "#![delivery(exactly_once)]", diags);
        return;
    };
    let text = word.to_string();
    let Some((_, delivery)) = Delivery::WORDS.iter().find(|(known, _)| *known == text) else {
        let known: Vec<&str> = Delivery::WORDS.iter().map(|(word, _)| *word).collect();
        let diag = Diag::new(Code::UnknownAttribute, word, format!("unknown delivery `{text}`"));
        diags.push(similar(diag, &text, &known));
        return;
    };
    set(&mut attrs.delivery, name, *delivery, diags);
}

/// `checkpoint(directory)`
fn checkpoint(attrs: &mut Attrs, name: &Ident, rest: &[TokenTree], diags: &mut Diags) {
    let directory =
        group(rest.first(), Delimiter::Parenthesis).filter(|_| rest.len() == 1).map(|parens| parens.stream());
    match directory.filter(|directory| !directory.is_empty()) {
        Some(directory) => set(&mut attrs.checkpoint, name, directory, diags),
        None => report_form(name, "#![checkpoint(\"state\")]", diags),
    }
}

/// `batch(option = value, ..)`
fn batch(attrs: &mut Attrs, name: &Ident, rest: &[TokenTree], diags: &mut Diags) {
    let example = "#![batch(every = 1s, bytes = 1_000_000)]";
    let Some(parens) = group(rest.first(), Delimiter::Parenthesis).filter(|_| rest.len() == 1) else {
        report_form(name, example, diags);
        return;
    };
    let options = args(parens.stream());
    if options.is_empty() {
        report_form(name, example, diags);
    }
    for option in options {
        let Some(name) = option.option.filter(|_| !option.tokens.is_empty()) else {
            let at = if option.tokens.is_empty() { name.to_token_stream() } else { option.tokens };
            report_form(at, example, diags);
            continue;
        };
        let value = rewrite(option.tokens, diags);
        match name.to_string().as_str() {
            "every" => set(&mut attrs.batch_every, &name, value, diags),
            "bytes" => set(&mut attrs.batch_bytes, &name, value, diags),
            other => {
                let text = format!("`batch` has no option `{other}`");
                diags.push(similar(Diag::new(Code::UnknownAttribute, &name, text), other, BATCH));
            }
        }
    }
}

fn set<T>(slot: &mut Option<T>, name: &Ident, value: T, diags: &mut Diags) {
    if slot.replace(value).is_some() {
        diags.push(Diag::new(Code::RepeatedAttribute, name, format!("`{name}` is given twice")));
    }
}

fn report_form(at: impl quote::ToTokens, example: &str, diags: &mut Diags) {
    let diag = Diag::new(Code::BadAttribute, at, "this attribute has another form");
    diags.push(diag.help(format!("write it as `{example}`")));
}

fn unknown(name: &Ident, text: &str, diags: &mut Diags) {
    let diag = Diag::new(Code::UnknownAttribute, name, format!("unknown attribute `{text}`"));
    diags.push(similar(diag, text, KNOWN));
}

/// Adds the nearest of the known names, or all of them.
fn similar(diag: Diag, name: &str, known: &[&str]) -> Diag {
    match nearest(name, known.iter().copied()) {
        Some(near) => diag.help(format!("a similar name exists: `{near}`")),
        None => diag.help(format!("there is `{}`", known.join("`, `"))),
    }
}
