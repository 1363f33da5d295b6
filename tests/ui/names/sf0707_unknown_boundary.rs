//! A word that is no boundary of a session.
//@ stage: window

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(session(1h, boundary = opened))
            -> count()
            -> sink::discard()
    };
}
