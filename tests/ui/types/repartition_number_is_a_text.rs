//! How many, as a text.
//@ stage: repartition

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> repartition("3")
            -> sink::discard()
    };
}
