//! A field without a name never had one.
//@ line: renamed

use streamflow::State;

#[derive(Clone, State)]
struct Pair(#[state(renamed = "left")] u64, u64);

fn main() {}
