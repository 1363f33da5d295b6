//! The keys are of two types.
//@ line: merge(a

use streamflow::*;

fn main() {
    let _job = stream! {
        let a = source::vec(vec![1u64, 2]) -> key_by(|n| n % 2);
        let b = source::vec(vec![3u64]) -> key_by(|n| n % 2 == 0);
        merge(a, b) -> count() -> sink::discard();
    };
}
