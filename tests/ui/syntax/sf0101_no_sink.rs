//! Nothing behind the last arrow.
//@ stage: sink

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n| *n > 1)
            ->
    };
}
