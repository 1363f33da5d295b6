//! The same before a fold.
//@ stage: key_by

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> key_by(|n| *n)
            -> fold(0, |total, _| *total += 1)
            -> map(|row| row.value)
            -> sink::discard()
    };
}
