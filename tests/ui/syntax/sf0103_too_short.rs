//! A source alone.
//@ stage: source

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
    };
}
