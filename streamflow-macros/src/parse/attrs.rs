//! `#![name = ".."]`, `#![batch(every = 1s, bytes = 1_000_000)]`, `#![threads = 4]`.

use super::args;
use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::durations::rewrite;
use crate::ir::Attrs;
use crate::near::nearest;
use crate::split::RawAttr;
use crate::tokens::{group, ident, is_punct, stream};
use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;

const KNOWN: &[&str] = &["name", "batch", "threads", "panics", "watermark"];
const PANICS: &[&str] = &["fail", "skip"];
const WATERMARK: &[&str] = &["min", "max"];
const BATCH: &[&str] = &["every", "bytes"];
/// Attributes of a later version.
const LATER: &[&str] = &["delivery", "checkpoint"];

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

fn set(slot: &mut Option<TokenStream>, name: &Ident, value: TokenStream, diags: &mut Diags) {
    if slot.replace(value).is_some() {
        diags.push(Diag::new(Code::RepeatedAttribute, name, format!("`{name}` is given twice")));
    }
}

fn report_form(at: impl quote::ToTokens, example: &str, diags: &mut Diags) {
    let diag = Diag::new(Code::BadAttribute, at, "this attribute has another form");
    diags.push(diag.help(format!("write it as `{example}`")));
}

fn unknown(name: &Ident, text: &str, diags: &mut Diags) {
    if LATER.contains(&text) {
        let message = format!("the attribute `{text}` does not exist in this version of streamflow");
        diags.push(Diag::new(Code::NotYet, name, message).help("remove it"));
        return;
    }
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
