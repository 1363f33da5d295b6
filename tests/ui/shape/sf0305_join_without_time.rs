//! A join by time needs times.
//@ stage: left_join

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n)) -> key_by(|n| *n);
        let left = source::vec(vec![1i64, 2]) -> key_by(|n| *n);
        left -> left_join(right, within = 10s, |l, r| (*l, r.copied())) -> sink::discard();
    };
}
