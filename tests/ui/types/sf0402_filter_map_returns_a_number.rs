//! No `Option`.
//@ stage: filter_map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter_map(|n| n + 1)
            -> sink::discard()
    };
}
