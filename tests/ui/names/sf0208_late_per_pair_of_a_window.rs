//! Records of a window are late together.
//@ stage: join

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n)) -> key_by(|n| *n);
        let left = source::vec(vec![1i64, 2]) -> timestamp(|n| Timestamp::from_secs(*n)) -> key_by(|n| *n);
        left -> join(right, window = tumbling(1h), late = per_pair, |l, r| l + r) -> sink::discard();
    };
}
