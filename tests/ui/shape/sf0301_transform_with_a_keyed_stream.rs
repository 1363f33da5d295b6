//! A function over two batches, of which one stream is keyed.
//@ stage: transform_with

use streamflow::*;

fn main() {
    let _job = stream! {
        let keyed = source::vec(vec![1u64]) -> key_by(|number| *number);
        source::vec(vec![1u64])
            -> transform_with(keyed, |batch, _| batch)
            -> sink::discard()
    };
}
