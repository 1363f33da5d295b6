//! Late records that are only counted; a warning, which this case denies.
//@ stage: window

#![deny(warnings)]
use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(10s, lateness = 1min))
            -> count() as orders
            -> sink::discard()
    };
}
