#![doc = include_str!("README.md")]

// what `#[derive(Key)]` needs
#[doc(hidden)]
pub use super::by_value::hash_of;
#[doc(hidden)]
pub use super::key::join_hashes;

mod columns;
mod derived;
mod display;
mod fit;
mod json;
// for derives and for `Locked`
#[allow(missing_docs)]
mod layout;
mod list;
mod map;
mod option;
#[cfg(feature = "serde")]
mod packed;
mod parse;
mod reader;
mod scalar;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod tuple;
mod types;
mod value;
mod variants;
mod version;
mod writer;

pub use columns::{Columns, Field};
#[doc(hidden)]
pub use columns::{gather, pick};
#[doc(hidden)]
pub use derived::{Named, Shared};
pub use fit::{Differences, Fit, fit_key};
#[doc(hidden)]
pub use layout::{FieldLayout, Layout, VariantLayout};
pub(crate) use list::write_lists;
pub(crate) use map::{read_sets, write_sets};
#[cfg(feature = "serde")]
pub use packed::AsSerde;
#[cfg(feature = "serde")]
#[doc(hidden)]
pub use packed::{Packable, by_serde, compare_packed};
pub use parse::BadType;
pub use reader::{ReadError, Reader};
pub use types::Type;
#[doc(hidden)]
pub use types::nested;
pub use value::Value;
pub use variants::{Variant, Variants};
#[doc(hidden)]
pub use version::{current, migrated};
pub use writer::Writer;
