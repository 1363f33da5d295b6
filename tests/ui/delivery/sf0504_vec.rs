//! A `Vec` keeps twice what is pushed twice.
//@ stage: sink

use streamflow::*;

fn main() {
    let mut numbers = vec![];
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> &mut numbers
    };
}
