//! A word that is no moment of emission.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(tumbling(1h, emit = change))
            -> count()
            -> sink::discard()
    };
}
