//! A window of no batches.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(batches(0))
            -> count()
            -> sink::discard()
    };
}
