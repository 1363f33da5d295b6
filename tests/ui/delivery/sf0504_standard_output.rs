//! A terminal shows twice what is printed twice.
//@ stage: sink

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::vec(vec![1u64, 2])
            -> sink::stdout()
    };
}
