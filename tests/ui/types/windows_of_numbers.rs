//! Windows that are no moments.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(windows(|n, _| [(*n, n + 1)]))
            -> count()
            -> sink::discard()
    };
}
