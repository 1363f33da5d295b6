//! A function over the batches of a keyed stream.
//@ stage: transform

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> key_by(|number| *number)
            -> transform(|batch| batch)
            -> sink::discard()
    };
}
