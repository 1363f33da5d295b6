//! A projection to a float.
//@ stage: distinct

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> distinct(|n| *n)
            -> sink::discard()
    };
}
