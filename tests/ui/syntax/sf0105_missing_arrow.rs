//! Two stages side by side.
//@ stage: filter

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> filter(|n| *n > 1) map(|n| n + 1)
            -> sink::discard()
    };
}
