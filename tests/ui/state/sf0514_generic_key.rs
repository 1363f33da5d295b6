//! A key of any type.
//@ line: struct Pair

use streamflow::Key;

#[derive(Clone, Key)]
struct Pair<T> {
    left: T,
    right: T,
}

fn main() {}
