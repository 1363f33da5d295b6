//! An operator with a typing mistake.
//@ stage: fliter

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fliter(|n| *n > 1)
            -> sink::discard()
    };
}
