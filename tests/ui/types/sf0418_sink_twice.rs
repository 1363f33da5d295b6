//! One sink in two places.
//@ line: -> out // the second

use streamflow::*;

fn main() {
    let out = sink::collect();
    let _first = stream! { source::vec(vec![1u64]) -> out };
    let _second = stream! {
        source::vec(vec![1u64, 2])
            -> out // the second
    };
}
