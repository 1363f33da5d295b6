//! A type as a checkpoint knows it.

use std::cell::Cell;
use std::collections::HashSet;

/// The names and shapes of a type, without paths. `Display` writes it as plans and checkpoints show it, `FromStr` reads that
/// back.
///
/// ```
/// use streamflow::State;
/// use streamflow::codec::Type;
///
/// let stored: Type = "{orders: u32, cents: i64}".parse().unwrap();
/// assert_eq!(stored.to_string(), "{orders: u32, cents: i64}");
/// assert_eq!(<Option<Vec<u64>>>::schema().to_string(), "option<list<u64>>");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Type {
    /// `()`: nothing is stored.
    Unit,
    /// One byte a row.
    Bool,
    /// A Unicode scalar value in four bytes.
    Char,
    /// A whole number; `usize` and `isize` are stored in 64 bits.
    Int {
        /// With a sign.
        signed: bool,
        /// 8, 16, 32, 64 or 128.
        bits: u16,
    },
    /// `f32` or `f64`.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// UTF-8.
    Text,
    /// Bytes without a meaning of their own.
    Bytes,
    /// A length of time in seconds and nanoseconds.
    TimeSpan,
    /// A moment of the system clock.
    Time,
    /// A [`Timestamp`](crate::Timestamp), in microseconds.
    Timestamp,
    /// A value or none.
    Optional(Box<Type>),
    /// Values in an order.
    List(Box<Type>),
    /// Values without order or repetition.
    Set(Box<Type>),
    /// Values by key.
    Map(Box<Type>, Box<Type>),
    /// So many values.
    Array(Box<Type>, usize),
    /// Values by place.
    Tuple(Vec<Type>),
    /// Values by name.
    Struct(Vec<(String, Type)>),
    /// One of several variants, each with its fields: a unit, a tuple or a struct.
    Enum(Vec<(String, Type)>),
    /// Named MessagePack: its fields are in the data.
    Packed,
    /// What `#[state(version = 2)]` has given a number.
    Versioned(u32, Box<Type>),
}

impl Type {
    /// A number for the type, the same in every run: the 64-bit xxh3 of its text. Different texts have different numbers but
    /// for chance, so it serves to compare quickly and is no proof.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(self.to_string().as_bytes())
    }

    /// Does a row take no room at all?
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Type::Unit => true,
            Type::Array(_, length) => *length == 0,
            Type::Tuple(items) => items.iter().all(Type::is_empty),
            Type::Struct(fields) => fields.iter().all(|(_, field)| field.is_empty()),
            Type::Versioned(_, inner) => inner.is_empty(),
            _ => false,
        }
    }

    /// The version and what it is the version of; what has no number is of version 1.
    pub(super) fn version(&self) -> (u32, &Type) {
        match self {
            Type::Versioned(version, inner) => (*version, inner),
            other => (1, other),
        }
    }

    /// Are two of these names the same?
    pub(super) fn repeats(named: &[(String, Type)]) -> bool {
        let mut names = HashSet::new();
        !named.iter().all(|(name, _)| names.insert(name))
    }
}

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// The schema of a derived type. Types that contain each other have none: better a word than an overflow of the stack.
///
/// # Panics
///
/// Types are nested more deeply than a text may be.
#[doc(hidden)]
pub fn nested<T>(schema: impl FnOnce() -> Type) -> Type {
    let depth = DEPTH.replace(DEPTH.get() + 1);
    if depth >= DEEPEST {
        DEPTH.set(0);
        panic!(
            "`{}` contains itself by way of other types, so its columns would have no end; store it whole: `#[state(serde)]`",
            std::any::type_name::<T>()
        );
    }
    let schema = schema();
    DEPTH.set(depth);
    schema
}

/// Deeper types are refused: they would overflow the stack of whoever walks them.
pub(super) const DEEPEST: u32 = 64;
