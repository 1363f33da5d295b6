//! A window that skips batches.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(batches(2, every = 3))
            -> count()
            -> sink::discard()
    };
}
