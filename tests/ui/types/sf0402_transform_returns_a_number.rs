//! A function over batches that gives nothing to iterate over.
//@ stage: transform

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> transform(|numbers| numbers.len())
            -> sink::discard()
    };
}
