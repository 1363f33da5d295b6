//! What derived implementations take for granted. A derive implements these traits without a condition, so that what is missing of their
//! supertraits is told once, at the name of the type; all else that it implements has them as a condition and finds nothing missing.

use crate::state::State;
use std::hash::Hash;

/// A type with `#[derive(State)]`.
pub trait Shared: Clone + Send + Sync {}

/// A type with `#[derive(Key)]` that is stored as it is.
pub trait Named: State + Eq + Hash + 'static {}
