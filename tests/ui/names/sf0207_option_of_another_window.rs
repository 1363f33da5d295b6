//! An option that only another window has.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(1h, gaps = true))
            -> count()
            -> sink::discard()
    };
}
