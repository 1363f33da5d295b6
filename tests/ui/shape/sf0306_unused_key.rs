//! A key that is never used; a warning, which this case denies.
//@ stage: key_by

#![deny(warnings)]
use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> map(|n| n + 1)
            -> sink::discard()
    };
}
