//! How many, as a text.
//@ stage: sample

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> sample("3")
            -> sink::discard()
    };
}
