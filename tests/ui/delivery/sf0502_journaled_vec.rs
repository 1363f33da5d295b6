//! A source that can be read again needs no log, and cannot have one.
//@ line: source::journaled

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::journaled(source::vec(vec![1])) -> file::parts("out")
    };
}
