//! A number is no window.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(60)
            -> count()
            -> sink::discard()
    };
}
