//! The same before a window.
//@ stage: key_by

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> key_by(|n| *n)
            -> window(tumbling(1s, clock = processing))
            -> sum(|n| *n)
            -> map(|row| row.value)
            -> sink::discard()
    };
}
