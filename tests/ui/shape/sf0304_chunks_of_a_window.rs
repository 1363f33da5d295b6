//! Chunks where a window is open.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64])
            -> window(tumbling(1s, clock = processing))
            -> chunks()
            -> sink::discard()
    };
}
