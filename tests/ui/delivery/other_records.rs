//! A sink for other records is told so, and nothing about delivery.
//@ stage: sink

use streamflow::*;

fn main() {
    let names = sink::collect::<String>();
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> names.clone()
    };
}
