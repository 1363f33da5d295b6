//! Floats cannot be told apart.
//@ stage: distinct

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> distinct()
            -> sink::discard()
    };
}
