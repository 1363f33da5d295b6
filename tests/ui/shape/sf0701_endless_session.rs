//! A session without a gap.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(session(0s))
            -> count()
            -> sink::discard()
    };
}
