//! Numbers of two sizes, within a batch.
//@ stage: join_batch

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64, 2]) -> key_by(|n| *n as u32);
        let left = source::vec(vec![1i64, 2]) -> key_by(|n| *n);
        left -> join_batch(right, |l, r| l + r) -> sink::discard();
    };
}
