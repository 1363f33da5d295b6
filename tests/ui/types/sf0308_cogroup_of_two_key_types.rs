//! The same within a batch.
//@ stage: cogroup

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec![1i64, 2]) -> key_by(|n| (*n, *n));
        let left = source::vec(vec![1i64, 2]) -> key_by(|n| *n);
        left -> cogroup(right) -> map(|both| both.left.len()) -> sink::discard();
    };
}
