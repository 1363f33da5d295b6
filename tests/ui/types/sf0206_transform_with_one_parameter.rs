//! A function over two batches that takes one.
//@ stage: transform_with

use streamflow::*;

fn main() {
    let _job = stream! {
        let other = source::vec(vec![1u64]);
        source::vec(vec![1u64])
            -> transform_with(other, |batch| batch)
            -> sink::discard()
    };
}
