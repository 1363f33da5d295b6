//! A variant that is there is not removed.
//@ line: removed

use streamflow::State;

#[derive(Clone, State)]
#[state(removed("Open"))]
enum Door {
    Open,
    Shut,
}

fn main() {}
