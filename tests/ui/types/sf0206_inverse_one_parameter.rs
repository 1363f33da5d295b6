//! The inverse of a reduction gets all and what leaves.
//@ stage: reduce

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n as i64))
            -> window(sliding(10s, every = 1s))
            -> reduce(|a, b| a + b, inverse = |leaving| leaving)
            -> sink::discard()
    };
}
