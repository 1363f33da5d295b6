//! `?` in a closure.
//@ stage: map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> map(|line| line.parse::<u64>()?)
            -> sink::discard()
    };
}
