//! An event-time window without timestamps.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(tumbling(1min))
            -> count()
            -> sink::discard()
    };
}
