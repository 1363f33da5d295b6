//! Not usable as a label.
//@ stage: count

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> count() as fn
            -> sink::discard()
    };
}
