//! A `merge` whose parameters are not the accumulator.
//@ stage: fold

use streamflow::*;

fn main() {
    let orders: Vec<(u32, u64)> = vec![];
    let _job = stream! {
        source::vec(orders)
            -> timestamp(|o| Timestamp::from_secs(i64::from(o.0)))
            -> window(session(30s))
            -> fold(0u64, |total, o| *total += o.1, merge = |into: &mut u32, from: u32| *into += from)
            -> sink::discard()
    };
}
