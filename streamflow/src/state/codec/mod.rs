#![doc = include_str!("README.md")]

mod columns;
mod display;
mod fit;
mod list;
mod map;
mod option;
mod parse;
mod reader;
mod scalar;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod tuple;
mod types;
mod variants;
mod version;
mod writer;

pub use columns::{Columns, Field};
#[doc(hidden)]
pub use columns::{gather, pick};
pub use fit::{Differences, Fit, fit_key};
pub use parse::BadType;
pub use reader::{ReadError, Reader};
pub use types::Type;
pub use variants::{Variant, Variants};
#[doc(hidden)]
pub use version::{current, migrated};
pub use writer::Writer;
