//! The other stream of a join needs a key as well.
//@ stage: join

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n));
        let left = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n)) -> key_by(|n| *n);
        left -> join(right, within = 10s, |l, r| l + r) -> sink::discard();
    };
}
