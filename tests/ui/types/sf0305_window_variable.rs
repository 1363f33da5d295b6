//! An event-time window in a variable, without timestamps.
//@ stage: window

use streamflow::*;
use std::time::Duration;
use streamflow::window::tumbling;

fn main() {
    let minute = tumbling(Duration::from_secs(60));
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> window(minute)
            -> count()
            -> sink::discard()
    };
}
