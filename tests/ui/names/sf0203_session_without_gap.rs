//! A session that does not say its gap.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(session())
            -> count()
            -> sink::discard()
    };
}
