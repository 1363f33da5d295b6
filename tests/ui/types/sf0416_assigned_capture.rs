//! A captured variable that is assigned to.
//@ stage: map

use streamflow::*;

fn main() {
    let mut seen = 0;
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> map(|n| { seen += 1; n })
            -> sink::discard()
    };
}
