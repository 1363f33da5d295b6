//! The right side of `latest_join` is kept.
//@ stage: latest_join

use streamflow::*;

fn main() {
    let _job = stream! {
        let right = source::vec(vec!["a", "b"]) -> key_by(|n| n.len());
        let left = source::vec(vec![1i64, 2]) -> key_by(|n| *n as usize);
        left -> latest_join(right, |l, r| (*l, r.is_some())) -> sink::discard();
    };
}
