//! Durations as literals: `10s`, `1.5h`, `500ms`.
//!
//! To Rust they are numbers with an unknown suffix, so they mean nothing else. They are replaced wherever
//! they stand in an argument, also inside of closures.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use proc_macro2::{Group, Literal, TokenStream, TokenTree};
use quote::quote_spanned;

/// The units and their length in microseconds.
const UNITS: &[(&str, u64)] =
    &[("us", 1), ("ms", 1_000), ("s", 1_000_000), ("min", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000)];

/// What people write for these units elsewhere.
const ALIASES: &[(&str, &str)] = &[
    ("m", "min"),
    ("mins", "min"),
    ("sec", "s"),
    ("secs", "s"),
    ("hr", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("micros", "us"),
    ("millis", "ms"),
];

/// What a literal says about time.
#[derive(Debug, PartialEq, Eq)]
pub enum Reading {
    /// No duration.
    Other,
    Micros(u64),
    /// More than 64 bits of microseconds.
    TooLong,
    /// A part of a microsecond.
    TooFine,
    /// A unit that is written otherwise here: the literal as it should be.
    Alias(String),
}

/// Replaces all durations; those that cannot be said are reported and become zero.
pub fn rewrite(tokens: TokenStream, diags: &mut Diags) -> TokenStream {
    tokens.into_iter().flat_map(|token| rewrite_token(token, diags)).collect()
}

fn rewrite_token(token: TokenTree, diags: &mut Diags) -> TokenStream {
    match token {
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), rewrite(group.stream(), diags));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        TokenTree::Literal(literal) => match read(&literal) {
            Reading::Other => TokenTree::Literal(literal).into(),
            Reading::Micros(micros) => duration(micros, &literal),
            Reading::TooLong => report(&literal, diags, Diag::note, "it does not fit in 64 bits of microseconds"),
            Reading::TooFine => report(&literal, diags, Diag::note, "time is kept in whole microseconds"),
            Reading::Alias(right) => report(&literal, diags, Diag::help, &format!("write it as `{right}`")),
        },
        other => other.into(),
    }
}

fn report(literal: &Literal, diags: &mut Diags, add: fn(Diag, String) -> Diag, why: &str) -> TokenStream {
    let text = format!("`{literal}` is not a duration");
    diags.push(add(Diag::new(Code::BadDuration, literal, text), why.to_owned()));
    duration(0, literal)
}

/// The value, with the literal's span on every token so that errors about it point to the literal.
fn duration(micros: u64, literal: &Literal) -> TokenStream {
    quote_spanned!(literal.span()=> ::core::time::Duration::from_micros(#micros))
}

/// Microseconds, if the tokens are one duration and nothing else.
pub fn literal(tokens: &TokenStream) -> Option<u64> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Literal(literal)), None) => match read(&literal) {
            Reading::Micros(micros) => Some(micros),
            _ => None,
        },
        _ => None,
    }
}

/// Reads a literal such as `10s`, `1_000ms` or `1.5h`. Other bases and exponents are no durations: in
/// `0x1d` the `d` is a digit.
pub fn read(literal: &Literal) -> Reading {
    let text = literal.to_string();
    let end = text.find(|char: char| !(char.is_ascii_digit() || char == '_' || char == '.'));
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    if !number.starts_with(|char: char| char.is_ascii_digit()) {
        return Reading::Other;
    }
    if let Some((_, unit)) = ALIASES.iter().find(|(alias, _)| *alias == suffix) {
        return Reading::Alias(format!("{number}{unit}"));
    }
    let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == suffix) else {
        return Reading::Other;
    };
    let number = number.replace('_', "");
    let (whole, part) = number.split_once('.').unwrap_or((&number, ""));
    let Some(whole) = whole.parse::<u64>().ok().and_then(|whole| whole.checked_mul(*unit)) else {
        return Reading::TooLong;
    };
    match fraction(part, *unit) {
        None => Reading::TooFine,
        Some(part) => whole.checked_add(part).map_or(Reading::TooLong, Reading::Micros),
    }
}

/// The digits behind the point in microseconds; exact, or `None`.
fn fraction(digits: &str, unit: u64) -> Option<u64> {
    let digits = digits.trim_end_matches('0');
    let scale = 10_u128.checked_pow(u32::try_from(digits.len()).ok()?)?;
    let value = if digits.is_empty() { 0 } else { digits.parse::<u128>().ok()? };
    let micros = value.checked_mul(u128::from(unit))?;
    micros.is_multiple_of(scale).then(|| u64::try_from(micros / scale).ok())?
}
