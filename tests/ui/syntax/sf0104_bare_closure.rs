//! The arrow of a closure ends the source.
//@ stage: source

use streamflow::*;

fn main() {
    let _job = stream! {
        |n: u64| -> u64 { n }
            -> sink::discard()
    };
}
