//! A type in words.

use super::Type;
use std::fmt::{self, Display, Formatter};

/// Words that stand for a type of their own; a variant of the same name is written `r#bool`.
pub(super) const WORDS: &[(&str, Type)] = &[
    ("bool", Type::Bool),
    ("char", Type::Char),
    ("string", Type::Text),
    ("bytes", Type::Bytes),
    ("duration", Type::TimeSpan),
    ("time", Type::Time),
    ("timestamp", Type::Timestamp),
    ("packed", Type::Packed),
    ("u8", Type::Int { signed: false, bits: 8 }),
    ("u16", Type::Int { signed: false, bits: 16 }),
    ("u32", Type::Int { signed: false, bits: 32 }),
    ("u64", Type::Int { signed: false, bits: 64 }),
    ("u128", Type::Int { signed: false, bits: 128 }),
    ("i8", Type::Int { signed: true, bits: 8 }),
    ("i16", Type::Int { signed: true, bits: 16 }),
    ("i32", Type::Int { signed: true, bits: 32 }),
    ("i64", Type::Int { signed: true, bits: 64 }),
    ("i128", Type::Int { signed: true, bits: 128 }),
    ("f32", Type::Float { bits: 32 }),
    ("f64", Type::Float { bits: 64 }),
];

impl Display for Type {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Type::Unit => f.write_str("()"),
            Type::Int { signed, bits } => write!(f, "{}{bits}", if *signed { 'i' } else { 'u' }),
            Type::Float { bits } => write!(f, "f{bits}"),
            Type::Optional(item) => write!(f, "option<{item}>"),
            Type::List(item) => write!(f, "list<{item}>"),
            Type::Set(item) => write!(f, "set<{item}>"),
            Type::Map(key, value) => write!(f, "map<{key}, {value}>"),
            Type::Array(item, length) => write!(f, "[{item}; {length}]"),
            // a tuple of none would read as a unit
            Type::Tuple(items) => joined(f, "(", items.iter().enumerate(), ")", |f, (_, item)| item.fmt(f)),
            Type::Struct(fields) => {
                joined(f, "{", fields.iter().enumerate(), "}", |f, (_, (name, field))| write!(f, "{name}: {field}"))
            }
            Type::Enum(variants) => {
                for (number, (name, fields)) in variants.iter().enumerate() {
                    let mark = if number > 0 { " | " } else { "" };
                    let raw = if WORDS.iter().any(|(word, _)| word == name) { "r#" } else { "" };
                    write!(f, "{mark}{raw}{name}")?;
                    if *fields != Type::Unit {
                        fields.fmt(f)?;
                    }
                }
                Ok(())
            }
            Type::Versioned(version, inner) => write!(f, "{inner} version {version}"),
            word => f.write_str(WORDS.iter().find(|(_, other)| other == word).map_or("", |(name, _)| name)),
        }
    }
}

fn joined<T>(
    f: &mut Formatter<'_>,
    open: &str,
    items: impl Iterator<Item = (usize, T)>,
    close: &str,
    mut write: impl FnMut(&mut Formatter<'_>, (usize, T)) -> fmt::Result,
) -> fmt::Result {
    f.write_str(open)?;
    for (number, item) in items {
        if number > 0 {
            f.write_str(", ")?;
        }
        write(f, (number, item))?;
    }
    f.write_str(close)
}
