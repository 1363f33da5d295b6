//! Windows as whole pipelines, a file a kind.

#[path = "../cut/mod.rs"]
#[macro_use]
pub mod cut;

mod batches;
mod emission;
mod grid;
