//! Two answers to where windows begin.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(1h, origin = first, offset = 5min))
            -> count()
            -> sink::discard()
    };
}
