//! An offset that is longer than the window.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(1h, offset = -1d))
            -> count()
            -> sink::discard()
    };
}
