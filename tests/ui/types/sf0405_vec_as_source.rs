//! A `Vec` is no source, `source::vec` makes one of it.
//@ stage: source

use streamflow::*;

fn main() {
    let _job = stream! {
        vec![1u64, 2]
            -> map(|n| n + 1)
            -> key_by(|n| n % 2)
            -> count()
            -> sink::discard()
    };
}
