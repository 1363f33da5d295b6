//! The rows that aggregates emit.

use crate::Timestamp;
use crate::sink::Row;
use std::fmt;

/// What a running aggregate changed: the latest value of a key.
///
/// The key may borrow from state for the rest of the batch: text keys are `&str`, and emitting one costs no allocation.
/// `Display` is key, tab, value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Update<K, V> {
    /// The key that `key_by` gave.
    pub key: K,
    /// The value of the aggregate after this batch.
    pub value: V,
}

/// The result of one window and key. The window holds what happened at `start` or later and before `end`.
///
/// `Display` is start, end, key and value with tabs between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Windowed<K, V> {
    /// The key that `key_by` gave; `()` without one.
    pub key: K,
    /// The value of the aggregate in this window.
    pub value: V,
    /// The first moment that belongs to the window.
    pub start: Timestamp,
    /// The first moment that does not.
    pub end: Timestamp,
}

impl<K, V> Windowed<K, V> {
    /// Is there a moment that belongs to both windows? Windows that only touch have none.
    pub fn overlaps<L, W>(&self, other: &Windowed<L, W>) -> bool {
        self.start < other.end && other.start < self.end
    }
}

impl<K: fmt::Display, V: fmt::Display> fmt::Display for Update<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}", self.key, self.value)
    }
}

impl<K: fmt::Display, V: fmt::Display> fmt::Display for Windowed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\t{}\t{}\t{}", self.start, self.end, self.key, self.value)
    }
}

impl<K: fmt::Display, V: fmt::Display> Row for Update<K, V> {
    fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display)) {
        cell(&self.key);
        cell(&self.value);
    }
}

impl<K: fmt::Display, V: fmt::Display> Row for Windowed<K, V> {
    fn cells(&self, cell: &mut dyn FnMut(&dyn fmt::Display)) {
        cell(&self.start);
        cell(&self.end);
        cell(&self.key);
        cell(&self.value);
    }
}
