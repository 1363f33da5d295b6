//! A delivery that does not exist, and a similar one.
//@ line: delivery

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_one)]
        source::vec(vec![1u64, 2]) -> count() -> sink::discard()
    };
}
