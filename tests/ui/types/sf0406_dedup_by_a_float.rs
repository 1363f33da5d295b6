//! Floats are not compared.
//@ stage: dedup

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n as i64))
            -> dedup(|n| *n as f64, within = 10s)
            -> sink::discard()
    };
}
