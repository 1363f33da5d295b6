//! The directory stands in parentheses.
//@ line: checkpoint

use streamflow::*;

fn main() {
    let _job = stream! {
        #![checkpoint = "state"]
        source::vec(vec![1u64, 2]) -> count() -> sink::discard()
    };
}
