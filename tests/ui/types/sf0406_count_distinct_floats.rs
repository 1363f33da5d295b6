//! Floats cannot be told apart.
//@ stage: count_distinct

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> count_distinct()
            -> sink::discard()
    };
}
