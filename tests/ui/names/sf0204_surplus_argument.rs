//! An argument too many.
//@ stage: count

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> count(1)
            -> sink::discard()
    };
}
