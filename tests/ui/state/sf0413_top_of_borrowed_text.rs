//! A ranking of borrowed lines.
//@ stage: top

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> top(3, by = |line| line.len())
            -> sink::discard()
    };
}
