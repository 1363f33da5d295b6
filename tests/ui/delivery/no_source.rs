//! What is no source is told so, and nothing about delivery.
//@ line: 42u64

use streamflow::*;

fn main() {
    let _job = stream! {
        #![delivery(exactly_once)]
        42u64 -> sink::discard()
    };
}
