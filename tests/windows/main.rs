//! Windows as whole pipelines, a file a kind.

#[path = "../cut/mod.rs"]
#[macro_use]
pub mod cut;

mod aligned;
mod assigned;
mod batches;
mod counts;
mod edges;
mod emission;
mod grid;
mod inverse;
mod late;
mod sessions;
