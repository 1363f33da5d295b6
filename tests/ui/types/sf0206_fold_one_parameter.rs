//! A fold with one parameter.
//@ stage: fold

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> fold(0, |a| ())
            -> sink::discard()
    };
}
