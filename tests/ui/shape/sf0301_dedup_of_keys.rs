//! Duplicates are looked for in the whole stream.
//@ stage: dedup

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> timestamp(|n| Timestamp::from_secs(*n as i64))
            -> key_by(|n| n % 2)
            -> dedup(|n| *n, within = 10s)
            -> sink::discard()
    };
}
