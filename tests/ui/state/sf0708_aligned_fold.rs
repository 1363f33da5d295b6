//! A fold that cannot say how the moments of an aligned window become one value.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1i64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n))
            -> window(aligned(30s))
            -> fold(0, |sum, n| *sum += n)
            -> sink::discard()
    };
}
