//! A reference into the closure itself.
//@ stage: map

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> map(|line| { let up = line.to_uppercase(); up.as_str() })
            -> sink::discard()
    };
}
