//! The same behind a key.
//@ stage: reduce

use streamflow::*;

fn main() {
    let _job = stream! {
        source::stdin()
            -> key_by(|line| line.len())
            -> reduce(|a, b| if a > b { a } else { b })
            -> map(|row| row.value.len())
            -> sink::discard()
    };
}
