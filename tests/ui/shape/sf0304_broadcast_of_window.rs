//! A window is open in the stream that is broadcast.
//@ stage: broadcast

use streamflow::*;

fn main() {
    let _job = stream! {
        let limits = source::vec(vec![1i64]) -> timestamp(|n| Timestamp::from_secs(*n)) -> window(tumbling(1s));
        source::vec(vec![1i64]) -> broadcast(limits, 0, |sum, n| *sum += n, |n, sum| n + sum) -> sink::discard();
    };
}
