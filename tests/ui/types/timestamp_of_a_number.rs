//! A number is no time.
//@ stage: timestamp

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|n| *n)
            -> window(tumbling(1min))
            -> count()
            -> sink::discard()
    };
}
