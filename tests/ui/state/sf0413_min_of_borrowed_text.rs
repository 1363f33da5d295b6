//! The smallest borrowed text.
//@ stage: min

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> min()
            -> map(|line| line.len())
            -> sink::discard()
    };
}
