//! An operator by its name elsewhere.
//@ stage: groupBy

use streamflow::*;

fn main() {
    let _job = stream! {
        source::vec(vec![1u64, 2])
            -> groupBy(|n| n % 2)
            -> count()
            -> sink::discard()
    };
}
