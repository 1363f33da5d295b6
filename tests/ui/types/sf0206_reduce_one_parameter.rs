//! A reduction with one parameter.
//@ stage: reduce

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> reduce(|a| a)
            -> sink::discard()
    };
}
