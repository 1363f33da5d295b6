#![doc = include_str!("README.md")]

mod by_value;
pub mod codec;
pub(crate) mod column;
mod copied;
pub(crate) mod due;
// reachable through the hidden `__private` alone
#[allow(missing_docs)]
pub(crate) mod exchange;
pub(crate) mod few;
mod fraction;
#[allow(missing_docs)]
pub(crate) mod global;
mod hash;
#[allow(missing_docs)]
pub(crate) mod held;
pub(crate) mod index;
pub(crate) mod interner;
#[cfg(test)]
pub(crate) mod kept;
mod key;
#[allow(missing_docs)]
pub(crate) mod keyed;
#[allow(missing_docs)]
pub(crate) mod lock;
pub(crate) mod numbered;
#[allow(missing_docs)]
pub(crate) mod save;
mod slot;
pub(crate) mod spare;
mod stored;
#[allow(missing_docs)]
pub(crate) mod text;
mod text_traits;

pub use by_value::ByValue;
pub(crate) use fraction::Fraction;
pub use held::{Context, InitialKey, KeyState};
pub use key::{Key, Probe, StoredKey};
pub use slot::{SlotApi, SlotSize, Slots};
pub use stored::State;
pub use text::OwnedText;

/// The number of hash ranges that the key space is cut into. Fixed; 64 gave nearly all of the gain of more shards (restore, growth,
/// lanes of equal size).
pub(crate) const SHARDS: usize = 64;

/// The shard of a hash, where so many of them stand together: one a lane, which is a range of [`SHARDS`].
pub(crate) fn lane_of(hash: u64, lanes: usize) -> usize {
    shard_of(hash) * lanes / SHARDS
}

/// The shard of a hash: its top bits. The index takes the low bits, the tags take bits from 32 up.
#[inline(always)]
pub(crate) fn shard_of(hash: u64) -> usize {
    (hash >> 58) as usize
}
