//! A number is no source.
//@ stage: source

use streamflow::*;

fn main() {
    let _job = stream! {
        42u64
            -> map(|n| n + 1)
            -> sink::discard()
    };
}
