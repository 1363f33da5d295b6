//! The same behind a key.
//@ stage: window

use streamflow::*;
use std::time::Duration;
use streamflow::window::tumbling;

fn main() {
    let minute = tumbling(Duration::from_secs(60));
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> key_by(|n| n % 2)
            -> window(minute)
            -> sum(|n| *n)
            -> map(|row| row.value)
            -> sink::discard()
    };
}
