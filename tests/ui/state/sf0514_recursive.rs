//! A type that contains itself.
//@ line: children

use streamflow::State;

#[derive(Clone, State)]
struct Tree {
    size: u64,
    children: Vec<Tree>,
}

fn main() {}
