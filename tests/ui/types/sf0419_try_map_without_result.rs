//! A function that cannot fail.
//@ stage: try_map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> try_map(|n| n + 1)
            -> key_by(|n| n % 2)
            -> count()
            -> sink::discard()
    };
}
