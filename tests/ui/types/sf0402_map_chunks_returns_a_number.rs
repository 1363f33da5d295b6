//! A function over chunks that gives nothing to iterate over.
//@ stage: map_chunks

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> map_chunks(|numbers| numbers.sum::<u64>())
            -> map(|sum| sum + 1)
            -> sink::discard()
    };
}
