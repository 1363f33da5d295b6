//! The largest part of a line.
//@ stage: max

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> key_by(|line| line.len())
            -> max(|line| line.trim())
            -> map(|row| row.value.len())
            -> sink::discard()
    };
}
