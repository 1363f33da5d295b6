//! One share, not in an array.
//@ stage: quantiles

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1.0, 2.0])
            -> quantiles(0.5, by = |number| *number)
            -> sink::discard()
    };
}
