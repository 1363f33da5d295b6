//! A key must not be there.
//@ stage: top

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> top(3, by = |n| *n)
            -> sink::discard()
    };
}
