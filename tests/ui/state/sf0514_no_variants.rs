//! An enum without values.
//@ line: enum Never

use streamflow::State;

#[derive(Clone, State)]
enum Never {}

fn main() {}
