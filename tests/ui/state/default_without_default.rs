//! A field type without `Default`.
//@ line: Door,

use streamflow::State;

#[derive(Clone, State)]
enum Door {
    Open,
    Shut,
}

#[derive(Clone, State)]
struct House {
    #[state(default)]
    door: Door,
}

fn main() {}
