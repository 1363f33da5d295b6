//! A value is taken out of others, and nothing says how they become one.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(sliding(10s, every = 1s))
            -> fold(0, |sum, n| *sum += n, inverse = |all, leaving| *all -= leaving)
            -> sink::discard()
    };
}
