//! A form of a later version.
//@ stage: split

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> split { small => sink::discard(), all => sink::discard() }
    };
}
