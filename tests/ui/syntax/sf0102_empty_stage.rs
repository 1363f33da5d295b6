//! Nothing between two arrows.
//@ line: -> ->

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> -> sink::discard()
    };
}
