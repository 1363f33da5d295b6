//! An attribute twice.
//@ line: "again"

use streamflow::*;

fn main() {
    let _job = stream! {
        #![name = "numbers"]
        #![name = "again"]
        source::vec(vec![1u64, 2])
            -> sink::discard()
    };
}
