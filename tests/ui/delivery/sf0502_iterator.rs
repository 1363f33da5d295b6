//! An iterator cannot be read again.
//@ line: source::iter

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        source::iter(0..3) -> file::parts("out")
    };
}
