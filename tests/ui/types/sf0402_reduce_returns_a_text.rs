//! A reduction to another type.
//@ stage: reduce

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> reduce(|a, b| format!("{a}{b}"))
            -> sink::discard()
    };
}
