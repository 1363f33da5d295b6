//! A fold that cannot say how two sessions become one.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(session(30s))
            -> fold(0, |sum, n| *sum += n)
            -> sink::discard()
    };
}
