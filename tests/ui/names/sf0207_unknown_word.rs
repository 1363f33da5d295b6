//! An option that takes one of two words.
//@ stage: map_async

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map_async(|n| std::future::ready(n), order = unorderd)
            -> sink::discard()
    };
}
