//! A gap that is no duration.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(session(gap = |n| *n))
            -> count()
            -> sink::discard()
    };
}
