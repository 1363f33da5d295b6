//! The text of a type, read back. Any text is answered, by a type or by what is wrong with it.

use super::Type;
use super::display::WORDS;
use super::types::DEEPEST;
use std::fmt;
use std::str::FromStr;

/// A text that describes no type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadType {
    at: usize,
    expected: &'static str,
}

impl fmt::Display for BadType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the description of a type is wrong at byte {}: expected {}", self.at, self.expected)
    }
}

impl std::error::Error for BadType {}

impl FromStr for Type {
    type Err = BadType;

    fn from_str(text: &str) -> Result<Type, BadType> {
        let mut parser = Parser { text, rest: text, depth: 0 };
        let found = parser.versioned()?;
        if parser.rest.is_empty() { Ok(found) } else { parser.expected("the end") }
    }
}

struct Parser<'t> {
    text: &'t str,
    rest: &'t str,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn expected<T>(&self, expected: &'static str) -> Result<T, BadType> {
        Err(BadType { at: self.text.len() - self.rest.len(), expected })
    }

    fn eat(&mut self, token: &str) -> bool {
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn need(&mut self, token: &'static str) -> Result<(), BadType> {
        if self.eat(token) { Ok(()) } else { self.expected(token) }
    }

    fn while_of(&mut self, of: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !of(c)).unwrap_or(self.rest.len());
        let (found, rest) = self.rest.split_at(end);
        self.rest = rest;
        found
    }

    fn name(&mut self) -> Result<&'t str, BadType> {
        let (before, name) = (self.rest, self.while_of(|c| c.is_alphanumeric() || c == '_'));
        if name.starts_with(|c: char| !c.is_numeric()) {
            return Ok(name);
        }
        self.rest = before;
        self.expected("a name")
    }

    fn number<N: FromStr>(&mut self) -> Result<N, BadType> {
        let (before, digits) = (self.rest, self.while_of(|c| c.is_ascii_digit()));
        digits.parse().or_else(|_| {
            self.rest = before;
            self.expected("a number")
        })
    }

    fn versioned(&mut self) -> Result<Type, BadType> {
        if self.depth == DEEPEST {
            return self.expected("a type that is less deep");
        }
        self.depth += 1;
        let found = self.unversioned()?;
        self.depth -= 1;
        if !self.eat(" version ") {
            return Ok(found);
        }
        match self.number()? {
            0 | 1 => self.expected("a version above 1, which has no number,"),
            version => Ok(Type::Versioned(version, Box::new(found))),
        }
    }

    fn unversioned(&mut self) -> Result<Type, BadType> {
        if self.rest.starts_with(['(', '{']) {
            return self.fields();
        }
        if self.eat("[") {
            let item = Box::new(self.versioned()?);
            self.need("; ")?;
            let length = self.number()?;
            self.need("]")?;
            return Ok(Type::Array(item, length));
        }
        let before = self.rest;
        if !self.eat("r#") {
            let name = self.name()?;
            if let Some((_, word)) = WORDS.iter().find(|(word, _)| *word == name) {
                return Ok(word.clone());
            }
            if self.eat("<") {
                return self.container(name);
            }
        }
        self.rest = before;
        self.variants()
    }

    fn container(&mut self, name: &str) -> Result<Type, BadType> {
        let item = Box::new(self.versioned()?);
        let found = match name {
            "option" => Type::Optional(item),
            "list" => Type::List(item),
            "set" => Type::Set(item),
            "map" => {
                self.need(", ")?;
                Type::Map(item, Box::new(self.versioned()?))
            }
            _ => return self.expected("`option`, `list`, `set` or `map` before the `<`"),
        };
        self.need(">")?;
        Ok(found)
    }

    /// `()`, `(u64, string)` or `{a: u64}`.
    fn fields(&mut self) -> Result<Type, BadType> {
        if self.eat("()") {
            return Ok(Type::Unit);
        }
        if self.eat("(") {
            return Ok(Type::Tuple(self.list(")", Self::versioned)?));
        }
        self.need("{")?;
        let fields = self.list("}", |parser| {
            let name = parser.name()?.to_owned();
            parser.need(": ")?;
            Ok((name, parser.versioned()?))
        })?;
        if Type::repeats(&fields) {
            return self.expected("each field once");
        }
        Ok(Type::Struct(fields))
    }

    fn list<T>(
        &mut self,
        close: &'static str,
        item: impl Fn(&mut Self) -> Result<T, BadType>,
    ) -> Result<Vec<T>, BadType> {
        let mut items = Vec::new();
        while !self.eat(close) {
            if !items.is_empty() {
                self.need(", ")?;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn variants(&mut self) -> Result<Type, BadType> {
        let mut variants = Vec::new();
        while variants.is_empty() || self.eat(" | ") {
            self.eat("r#");
            let name = self.name()?.to_owned();
            let fields = if self.rest.starts_with(['(', '{']) { self.nested_fields()? } else { Type::Unit };
            variants.push((name, fields));
        }
        if Type::repeats(&variants) || variants.len() > 1 << 16 {
            return self.expected("each variant once");
        }
        Ok(Type::Enum(variants))
    }

    fn nested_fields(&mut self) -> Result<Type, BadType> {
        if self.depth == DEEPEST {
            return self.expected("a type that is less deep");
        }
        self.depth += 1;
        let fields = self.fields();
        self.depth -= 1;
        fields
    }
}
