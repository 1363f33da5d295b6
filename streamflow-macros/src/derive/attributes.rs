//! What `#[state(..)]` says, on a type, a field or a variant.

use crate::code::Code;
use crate::diag::{Diag, Diags};
use crate::near::nearest;
use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Result};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Token, Type, parenthesized};

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
pub enum On {
    Container,
    Field,
    /// A field without a name.
    Place,
    Variant,
}

impl On {
    fn words(self) -> &'static [&'static str] {
        match self {
            On::Container => &["version", "migrate", "removed", "check", "serde"],
            On::Field => &["default", "renamed"],
            On::Place => &["default"],
            On::Variant => &["renamed"],
        }
    }

    fn is_called(self) -> &'static str {
        match self {
            On::Container => "a type",
            On::Field => "a field",
            On::Place => "a field without a name",
            On::Variant => "a variant",
        }
    }
}

/// All that was said in one place.
#[derive(Default)]
pub struct Said {
    /// `default`, or `default = expr`.
    pub default: Option<Option<Expr>>,
    /// `renamed = "old"`, as often as it was.
    pub renamed: Vec<LitStr>,
    /// `removed("x", "y")`
    pub removed: Vec<LitStr>,
    /// `version = 2`
    pub version: Option<(Ident, u32)>,
    /// `migrate = OldType`
    pub migrate: Option<(Ident, Type)>,
    /// `check = path`
    pub check: Option<Expr>,
    /// `serde`
    pub serde: Option<Ident>,
}

impl Said {
    /// What the attributes of one place say.
    pub fn new(attributes: &[Attribute], on: On, diags: &mut Diags) -> Self {
        let mut said = Said::default();
        let mut seen: Vec<String> = Vec::new();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("state")) {
            let words = attribute.parse_args_with(Punctuated::<Word, Token![,]>::parse_terminated);
            let words = words.unwrap_or_else(|error| {
                let at = Ident::new("state", error.span());
                diags.push(Diag::new(Code::BadStateAttribute, at, format!("this is no attribute of state: {error}")));
                Punctuated::new()
            });
            for Word { name, value } in words {
                let word = name.to_string();
                if seen.contains(&word) && word != "renamed" {
                    let message = format!("`{word}` is said twice");
                    diags.push(Diag::new(Code::BadStateAttribute, &name, message));
                }
                seen.push(word);
                said.take(name, value, on, diags);
            }
        }
        said
    }

    fn take(&mut self, name: Ident, value: Value, on: On, diags: &mut Diags) {
        let word = name.to_string();
        if !on.words().contains(&word.as_str()) {
            return diags.push(unknown(&name, on));
        }
        match (word.as_str(), value) {
            ("default", Value::None) => self.default = Some(None),
            ("default", Value::Expr(value)) => self.default = Some(Some(value)),
            ("renamed", Value::Expr(Expr::Lit(ExprLit { lit: Lit::Str(old), .. }))) => self.renamed.push(old),
            ("removed", Value::List(old)) => self.removed.extend(old),
            ("version", Value::Expr(Expr::Lit(ExprLit { lit: Lit::Int(version), .. })))
                if version.base10_parse::<u32>().is_ok_and(|version| version > 0) =>
            {
                self.version = Some((name, version.base10_parse().unwrap_or(1)));
            }
            ("migrate", Value::Type(old)) => self.migrate = Some((name, old)),
            ("check", Value::Expr(path)) => self.check = Some(path),
            ("serde", Value::None) => self.serde = Some(name),
            _ => {
                let form = match word.as_str() {
                    "default" => "default` or `default = 1.5",
                    "renamed" => "renamed = \"old_name",
                    "removed" => "removed(\"old_name\", \"other\")",
                    "version" => "version = 2",
                    "migrate" => "migrate = OldType",
                    "check" => "check = Type::function",
                    _ => "serde",
                };
                let form = if word == "renamed" { format!("{form}\"") } else { form.to_owned() };
                let diag = Diag::new(Code::BadStateAttribute, &name, format!("`{word}` is not written so"));
                diags.push(diag.help(format!("write `{form}`")));
            }
        }
    }
}

fn unknown(name: &Ident, on: On) -> Diag {
    let word = name.to_string();
    let place =
        [On::Container, On::Field, On::Variant].into_iter().find(|other| other.words().contains(&word.as_str()));
    let diag = Diag::new(Code::UnknownStateAttribute, name, format!("{} has no attribute `{word}`", on.is_called()));
    match (place, nearest(&word, on.words().iter().copied())) {
        (Some(other), _) => diag.help(format!("`{word}` stands on {}", other.is_called())),
        (None, Some(near)) => diag.help(format!("write `{near}`")),
        (None, None) => diag.help(format!("it may have `{}`", on.words().join("`, `"))),
    }
}

/// `default`, `default = expr`, `removed("x")`
struct Word {
    name: Ident,
    value: Value,
}

enum Value {
    None,
    Expr(Expr),
    Type(Type),
    List(Vec<LitStr>),
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = Ident::parse_any(input)?;
        if input.peek(syn::token::Paren) {
            let inside;
            parenthesized!(inside in input);
            let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&inside)?;
            return Ok(Word { name, value: Value::List(list.into_iter().collect()) });
        }
        if !input.peek(Token![=]) {
            return Ok(Word { name, value: Value::None });
        }
        input.parse::<Token![=]>()?;
        let value = if name == "migrate" { Value::Type(input.parse()?) } else { Value::Expr(input.parse()?) };
        Ok(Word { name, value })
    }
}
